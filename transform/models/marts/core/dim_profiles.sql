with profiles as (

    select * from {{ ref('int_profiles_enriched') }}

),

final as (

    select
        profile_id,
        user_id,
        language,
        maturity_limit,
        profile_number,
        is_kids,
        created_on,
        created_at
    from profiles

)

select * from final
