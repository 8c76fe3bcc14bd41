with staged as (

    select
        'rating' as entity,
        profile_id || '|app-' || title_id as row_key
    from {{ ref('stg_streaming_app__ratings') }}
    where profile_id is not null and title_id is not null
    union all
    select
        'subscription' as entity,
        subscription_id as row_key
    from {{ ref('stg_streaming_app__subscriptions') }}
    where subscription_id is not null

),

counted as (

    select
        'rating' as entity,
        rating_key as row_key
    from {{ ref('fct_ratings') }}
    union all
    select
        'rating' as entity,
        profile_id || '|' || title_key as row_key
    from {{ ref('int_ratings_classified') }}
    where is_erased
    union all
    select
        'subscription' as entity,
        subscription_id as row_key
    from {{ ref('fct_subscription_periods') }}
    union all
    select
        entity,
        iff(entity = 'rating', replace(row_key, '|', '|app-'), row_key) as row_key
    from {{ ref('quarantined_rows') }}
    where entity in ('rating', 'subscription') and not contains(row_key, 'unknown')

),

compared as (

    select
        coalesce(staged.entity, counted.entity) as entity,
        coalesce(staged.row_key, counted.row_key) as row_key,
        count(staged.row_key) as times_staged,
        count(counted.row_key) as times_counted
    from staged
    full outer join counted
        on staged.entity = counted.entity and staged.row_key = counted.row_key
    group by
        coalesce(staged.entity, counted.entity),
        coalesce(staged.row_key, counted.row_key)

)

select * from compared
where times_staged != 1 or times_counted != 1
