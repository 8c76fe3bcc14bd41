{{ config(materialized='incremental', unique_key='play_id') }}
-- depends_on: {{ ref('int_viewing_sessions_classified') }}

with sessions as (

    select * from {{ ref('fct_viewing_sessions') }}

),

titles as (

    select
        title_key,
        nullif(runtime_minutes, 0) * 60 as runtime_seconds
    from {{ ref('dim_titles') }}

),

episodes as (

    select
        episode_key,
        nullif(runtime_minutes, 0) * 60 as runtime_seconds
    from {{ ref('dim_episodes') }}

),

{% if is_incremental() %}

ledger as (

    select * from {{ ref('int_viewing_sessions_classified') }}

),

present as (

    select * from {{ this }}

),

-- Sessions that were judged anew, and plays whose running time is not what it was.
touched as (

    select session_id
    from ledger
    where processed_at > {{ watermark(this) }}
    union all
    select present.play_id as session_id
    from present
    left join episodes
        on present.episode_key = episodes.episode_key
    left join titles
        on present.title_key = titles.title_key
    where
        present.runtime_seconds
        is distinct from coalesce(episodes.runtime_seconds, titles.runtime_seconds)

),

picked as (

    select
        touched.session_id as play_id,
        sessions.*
    from (select distinct session_id from touched) as touched
    left join sessions
        on
            touched.session_id = sessions.session_id
            and sessions.is_play

),

{% else %}

picked as (

    select
        session_id as play_id,
        *
    from sessions
    where is_play

),

{% endif %}

measured as (

    select
        picked.*,
        -- Where the viewer got to, so that a film finished on the second evening is finished.
        coalesce(
            iff(picked.position_seconds >= 0, picked.position_seconds, null),
            picked.watched_seconds
        ) as furthest_seconds,
        coalesce(episodes.runtime_seconds, titles.runtime_seconds) as runtime_seconds
    from picked
    left join episodes
        on picked.episode_key = episodes.episode_key
    left join titles
        on picked.title_key = titles.title_key

),

final as (

    select
        play_id,
        profile_id,
        user_id,
        title_key,
        episode_key,
        device,
        country,
        watched_seconds,
        furthest_seconds,
        runtime_seconds,
        -- Cut, not rounded: 0.95 here means that 0.95 was reached.
        least(1, floor(furthest_seconds * 10000 / runtime_seconds) / 10000)::number(5, 4)
            as progress,
        coalesce(
            furthest_seconds >= runtime_seconds * {{ var('complete_play_ratio') }}
            or (
                furthest_seconds >= runtime_seconds - {{ var('credits_seconds') }}
                and {{ var('credits_seconds') }}
                <= runtime_seconds * {{ var('credits_maximum_ratio') }}
            ),
            false
        ) as is_complete,
        is_anonymised,
        started_on,
        started_at,
        ended_at,
        iff(session_id is null, null, {{ run_timestamp() }}) as processed_at
    from measured

)

select * from final
