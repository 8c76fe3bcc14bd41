-- Each role gets what its job needs. Future grants cover what the jobs make later.
use role securityadmin;

-- The loader makes its own schemas, tables and file formats in RAW, and nothing elsewhere.
grant usage, operate on warehouse loading to role loader;
grant usage, create schema on database raw to role loader;

-- The transformer reads RAW and makes its own schemas in ANALYTICS.
grant usage, operate on warehouse transforming to role transformer;
grant usage on database raw to role transformer;
grant usage on all schemas in database raw to role transformer;
grant usage on future schemas in database raw to role transformer;
grant select on all tables in database raw to role transformer;
grant select on future tables in database raw to role transformer;
grant usage, create schema on database analytics to role transformer;
grant usage, create table, create view on schema analytics.streaming to role transformer;

-- The reporter reads the marts, not the raw data and not the layers between.
grant usage on warehouse reporting to role reporter;
grant usage on database analytics to role reporter;
grant usage on schema analytics.streaming to role reporter;
grant select on all tables in schema analytics.streaming to role reporter;
grant select on future tables in schema analytics.streaming to role reporter;
grant select on all views in schema analytics.streaming to role reporter;
grant select on future views in schema analytics.streaming to role reporter;
