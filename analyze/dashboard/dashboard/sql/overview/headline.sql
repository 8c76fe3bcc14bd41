-- The last day that is over, beside the day four weeks before.
-- definitions: dau, wau, mau, stickiness
select
    newest.active_on,
    newest.dau,
    newest.wau,
    newest.mau,
    newest.stickiness,
    earlier.dau as earlier_dau,
    earlier.wau as earlier_wau,
    earlier.mau as earlier_mau
from :marts.daily_active_users as newest
left join :marts.daily_active_users as earlier
    on earlier.active_on = dateadd(day, -28, newest.active_on)
where newest.active_on = (select max(active_on) from :marts.daily_active_users)
