with zones as (

    select * from {{ ref('country_time_zones') }}

),

final as (

    select
        country,
        time_zone,
        has_several_zones
    from zones

)

select * from final
