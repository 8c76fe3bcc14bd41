-- One role per job. Objects belong to the role that made them; SYSADMIN inherits all three.
use role useradmin;

create role if not exists loader
comment = 'Writes raw tables (target-snowflake).';

create role if not exists transformer
comment = 'Reads raw tables, writes analytics (dbt).';

create role if not exists reporter
comment = 'Reads the marts (Tableau, Looker, Power BI, the dashboard).';

grant role loader to role sysadmin;
grant role transformer to role sysadmin;
grant role reporter to role sysadmin;
