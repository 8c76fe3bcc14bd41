-- Optional: databases for the environment "staging", a rehearsal with the same roles.
use role sysadmin;

create database if not exists raw_staging
data_retention_time_in_days = 1
comment = 'Sources as they were delivered to the rehearsal.';

create database if not exists analytics_staging
data_retention_time_in_days = 1
comment = 'What dbt built of the rehearsal.';

create schema if not exists analytics_staging.streaming
comment = 'Marts of the rehearsal.';

use role securityadmin;

grant usage, create schema on database raw_staging to role loader;

grant usage on database raw_staging to role transformer;
grant usage on all schemas in database raw_staging to role transformer;
grant usage on future schemas in database raw_staging to role transformer;
grant select on all tables in database raw_staging to role transformer;
grant select on future tables in database raw_staging to role transformer;
grant usage, create schema on database analytics_staging to role transformer;
grant usage, create table, create view on schema analytics_staging.streaming to role transformer;

grant usage on database analytics_staging to role reporter;
grant usage on schema analytics_staging.streaming to role reporter;
grant select on all tables in schema analytics_staging.streaming to role reporter;
grant select on future tables in schema analytics_staging.streaming to role reporter;
grant select on all views in schema analytics_staging.streaming to role reporter;
grant select on future views in schema analytics_staging.streaming to role reporter;
