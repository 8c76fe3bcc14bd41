-- Customers who pay on the last day that is over, and what they pay a month, by plan.
-- definitions: fct_subscription_periods.plan_name
-- definitions: fct_subscription_periods.reporting_monthly_price
select
    periods.plan_name,
    count(distinct periods.subscription_id) as subscriptions,
    sum(periods.reporting_monthly_price) as mrr
from :marts.fct_subscription_periods as periods
cross join (select max(active_on) as complete_on from :marts.daily_active_users) as last_day
where
    periods.pays_from <= last_day.complete_on
    and (periods.ended_on is null or periods.ended_on > last_day.complete_on)
    and (:country = 'all' or periods.country = :country)
group by periods.plan_name
order by mrr desc
