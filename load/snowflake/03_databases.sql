-- RAW is a copy of the sources and can be loaded again; ANALYTICS is built from it.
use role sysadmin;

create database if not exists raw
data_retention_time_in_days = 1
comment = 'Sources as they were delivered, one schema per source.';

create database if not exists analytics
data_retention_time_in_days = 1
comment = 'Staging, intermediate models and marts, built by dbt.';

create schema if not exists analytics.streaming
comment = 'Marts: what people and BI tools read.';
