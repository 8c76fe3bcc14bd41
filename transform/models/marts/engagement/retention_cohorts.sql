with users as (

    select
        user_id,
        date_trunc('month', signed_up_on)::date as cohort_month
    from {{ ref('dim_users') }}
    where is_current

),

user_months as (

    select distinct
        user_id,
        date_trunc('month', viewed_on)::date as active_month
    from {{ ref('daily_user_engagement') }}
    where play_count > 0

),

months as (

    select * from {{ ref('int_months_generated') }}
    where is_month_over

),

first_months as (

    select min(active_month) as first_month from user_months

),

cohorts as (

    select
        cohort_month,
        count(*) as cohort_size
    from users
    group by cohort_month

),

active as (

    select
        users.cohort_month,
        user_months.active_month,
        count(*) as active_user_count
    from users
    inner join user_months
        on users.user_id = user_months.user_id
    group by users.cohort_month, user_months.active_month

),

cells as (

    select
        datediff('month', cohorts.cohort_month, months.month_starts_on) as months_since_signup,
        cohorts.cohort_size,
        coalesce(active.active_user_count, 0) as active_user_count,
        cohorts.cohort_month,
        months.month_starts_on as active_month
    from cohorts
    cross join first_months
    inner join months
        on
            cohorts.cohort_month <= months.month_starts_on
            and first_months.first_month <= months.month_starts_on
    left join active
        on
            cohorts.cohort_month = active.cohort_month
            and months.month_starts_on = active.active_month

),

final as (

    select
        to_char(cohort_month, 'YYYY-MM-DD') || '|' || months_since_signup as cohort_month_key,
        months_since_signup,
        cohort_size,
        active_user_count,
        round(active_user_count / cohort_size, 4)::number(5, 4) as retention_rate,
        cohort_month,
        active_month
    from cells

)

select * from final
