with versions as (

    select
        *,
        lag(valid_to) over (
            partition by user_id
            order by version_number
        ) as previous_valid_to
    from {{ ref('dim_users') }}

),

users as (

    select user_id from {{ ref('int_users_enriched') }}

),

problems as (

    select
        user_id,
        version_number,
        'does not follow the version before' as problem
    from versions
    where
        valid_from >= valid_to
        or (version_number = 1 and valid_from > signed_up_at)
        or (version_number > 1 and valid_from is distinct from previous_valid_to)
        or is_current != (valid_to is null)

    union all

    select
        users.user_id,
        null as version_number,
        'has no current version' as problem
    from users
    left join versions
        on users.user_id = versions.user_id and versions.is_current
    where versions.user_id is null

)

select * from problems
