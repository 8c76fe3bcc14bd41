-- Recommended: what each warehouse may take in a month. An X-Small warehouse that never sleeps
-- takes 730 credits; the quotas are half of that, to be set as you see fit. Only ACCOUNTADMIN may
-- make monitors. Notices go to account administrators who have turned them on in their profile.
use role accountadmin;

create resource monitor if not exists loading_monthly with
credit_quota = 365
frequency = monthly
start_timestamp = immediately
triggers
on 75 percent do notify
on 100 percent do suspend
on 110 percent do suspend_immediate;

create resource monitor if not exists transforming_monthly with
credit_quota = 365
frequency = monthly
start_timestamp = immediately
triggers
on 75 percent do notify
on 100 percent do suspend
on 110 percent do suspend_immediate;

create resource monitor if not exists reporting_monthly with
credit_quota = 365
frequency = monthly
start_timestamp = immediately
triggers
on 75 percent do notify
on 100 percent do suspend
on 110 percent do suspend_immediate;

alter warehouse loading set resource_monitor = loading_monthly;
alter warehouse transforming set resource_monitor = transforming_monthly;
alter warehouse reporting set resource_monitor = reporting_monthly;
