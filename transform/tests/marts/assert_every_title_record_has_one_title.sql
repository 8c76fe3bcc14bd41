with mentioned as (

    select 'app-' || title_id as record_key
    from {{ ref('stg_streaming_app__titles') }}
    union all
    select 'tmdb-film-' || tmdb_id as record_key
    from {{ ref('stg_tmdb__movies') }}
    where not is_deleted
    union all
    select 'tmdb-series-' || tmdb_id as record_key
    from {{ ref('stg_tmdb__tv_series') }}
    where not is_deleted
    union all
    select 'tvmaze-' || tvmaze_id as record_key
    from {{ ref('stg_tvmaze__shows') }}
    where not is_deleted
    union all
    select 'sa-' || sa_id as record_key
    from {{ ref('stg_streaming_availability__offers') }}
    union all
    select 'sa-' || sa_id as record_key
    from {{ ref('stg_streaming_availability__changes') }}
    union all
    select 'sa-' || sa_id as record_key
    from {{ ref('stg_streaming_availability__top_entries') }}
    union all
    select 'watchmode-' || watchmode_id as record_key
    from {{ ref('stg_watchmode__titles') }}
    union all
    select 'watchmode-' || watchmode_id as record_key
    from {{ ref('stg_watchmode__releases') }}

),

staged as (

    select distinct record_key from mentioned

),

bridged as (

    select
        sources.record_key,
        titles.title_key
    from {{ ref('bridge_title_sources') }} as sources
    left join {{ ref('dim_titles') }} as titles
        on sources.title_key = titles.title_key

),

compared as (

    select
        coalesce(staged.record_key, bridged.record_key) as record_key,
        count(staged.record_key) as times_staged,
        count(bridged.title_key) as times_titled
    from staged
    full outer join bridged
        on staged.record_key = bridged.record_key
    group by coalesce(staged.record_key, bridged.record_key)

)

select * from compared
where times_staged != 1 or times_titled != 1
