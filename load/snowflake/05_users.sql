-- Service users sign in with a key pair only. README.md tells how to make the keys and set the
-- three variables; running this again with another key rotates it.
use role useradmin;

create user if not exists streaming_loader
    type = service
    default_role = loader
    default_warehouse = loading
    comment = 'Signs in for target-snowflake.';
alter user streaming_loader set rsa_public_key = '<% loader_public_key %>';
grant role loader to user streaming_loader;

create user if not exists streaming_transformer
    type = service
    default_role = transformer
    default_warehouse = transforming
    comment = 'Signs in for dbt.';
alter user streaming_transformer set rsa_public_key = '<% transformer_public_key %>';
grant role transformer to user streaming_transformer;

create user if not exists streaming_reporter
    type = service
    default_role = reporter
    default_warehouse = reporting
    comment = 'Signs in for BI tools and the dashboard.';
alter user streaming_reporter set rsa_public_key = '<% reporter_public_key %>';
grant role reporter to user streaming_reporter;
