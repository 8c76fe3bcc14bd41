-- Optional, and Enterprise edition only: personal data is shown to those who need it, and masked
-- for all others, in RAW and in every view over it. The columns are those of the sources that
-- transform/models/staging marks as personal_data. Run it after the first load, and again after a
-- table was made anew: a table that is not there is left out.
use role useradmin;

create role if not exists personal_data_reader
comment = 'Sees personal data unmasked; granted to persons beside a role that reads the tables.';
grant role personal_data_reader to role sysadmin;

use role sysadmin;

create schema if not exists raw.governance
comment = 'Masking policies.';

-- A value that is there stays there, so that has_comment and the like are still right.
create masking policy if not exists raw.governance.personal_text
as (value varchar) returns varchar -> -- noqa: LT01
case
    when is_role_in_session('LOADER') or is_role_in_session('PERSONAL_DATA_READER') then value
    when value is not null then '***'
end;

-- dbt makes age bands of it.
create masking policy if not exists raw.governance.personal_date
as (value date) returns date -> -- noqa: LT01
case
    when
        is_role_in_session('LOADER')
        or is_role_in_session('TRANSFORMER')
        or is_role_in_session('PERSONAL_DATA_READER')
        then value
end;

-- The tables belong to LOADER, the policies to SYSADMIN.
grant usage on schema raw.governance to role loader;
grant apply on masking policy raw.governance.personal_text to role loader;
grant apply on masking policy raw.governance.personal_date to role loader;

use role loader;

alter table if exists raw.streaming_app.users modify column email_sha256
set masking policy raw.governance.personal_text force;
alter table if exists raw.streaming_app.users modify column display_name
set masking policy raw.governance.personal_text force;
alter table if exists raw.streaming_app.users modify column birth_date
set masking policy raw.governance.personal_date force;
alter table if exists raw.streaming_app.profiles modify column name
set masking policy raw.governance.personal_text force;
alter table if exists raw.streaming_app.viewing_sessions modify column ip
set masking policy raw.governance.personal_text force;
alter table if exists raw.streaming_app.ratings modify column comment
set masking policy raw.governance.personal_text force;
alter table if exists raw.streaming_app.watchlist_items modify column note
set masking policy raw.governance.personal_text force;
