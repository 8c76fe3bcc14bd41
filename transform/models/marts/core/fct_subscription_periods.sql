with periods as (

    select * from {{ ref('int_subscription_periods_priced') }}

),

final as (

    select
        subscription_id,
        iff(is_erased, null, user_id) as user_id,
        country,
        plan_name,
        plan_tier,
        subscription_status,
        end_reason,
        currency,
        '{{ var('reporting_currency') }}' as reporting_currency,
        monthly_price,
        reporting_monthly_price,
        has_trial,
        is_never_paid,
        is_cut,
        is_erased as is_anonymised,
        started_on,
        ended_on,
        trial_ends_on,
        pays_from
    from periods

)

select * from final
