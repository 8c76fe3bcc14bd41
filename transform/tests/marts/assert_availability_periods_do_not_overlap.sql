with periods as (

    select
        *,
        lead(available_from) over (
            partition by title_key, service_key, country, offer_type, source
            order by available_from
        ) as next_available_from
    from {{ ref('fct_title_availability') }}

)

select * from periods
where
    available_to <= available_from
    or available_to >= next_available_from
    or (available_to is null and next_available_from is not null)
    or is_current != (available_to is null)
