-- How many of those who signed up in a month watched in the months after. A month that is not
-- over, or of which no play is known, is blank.
-- definitions: retention_rate, retention_cohorts
select
    cohort_month,
    months_since_signup,
    cohort_size,
    active_user_count,
    active_user_count / nullif(cohort_size, 0) as retention_rate
from :marts.retention_cohorts
where
    cohort_month
    > dateadd(month, -:months, (select max(cohort_month) from :marts.retention_cohorts))
order by cohort_month, months_since_signup
