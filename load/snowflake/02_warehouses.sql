-- A warehouse per job keeps their costs apart; each sleeps after a minute without a query.
use role sysadmin;

create warehouse if not exists loading
warehouse_size = xsmall
auto_suspend = 60
auto_resume = true
initially_suspended = true
statement_timeout_in_seconds = 3600
comment = 'MERGE statements of target-snowflake.';

create warehouse if not exists transforming
warehouse_size = xsmall
auto_suspend = 60
auto_resume = true
initially_suspended = true
statement_timeout_in_seconds = 3600
comment = 'Models and tests of dbt.';

create warehouse if not exists reporting
warehouse_size = xsmall
auto_suspend = 60
auto_resume = true
initially_suspended = true
statement_timeout_in_seconds = 600
comment = 'Queries of people and BI tools.';
