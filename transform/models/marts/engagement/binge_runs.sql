{{ config(materialized='incremental', unique_key=['profile_id', 'title_key']) }}
-- depends_on: {{ ref('int_viewing_sessions_classified') }}

with plays as (

    select
        *,
        coalesce(ended_at, dateadd('second', watched_seconds, started_at)) as over_at
    from {{ ref('fct_plays') }}
    where episode_key is not null and profile_id is not null

),

{% if is_incremental() %}

judged as (

    select * from {{ ref('int_viewing_sessions_classified') }}
    where processed_at > {{ watermark(this) }}

),

-- The ledger also knows the series that a session has left.
touched as (

    select
        profile_id,
        title_key
    from judged
    union all
    select
        profile_id,
        previous_title_key as title_key
    from judged

),

viewers as (

    select distinct
        profile_id,
        title_key
    from touched
    where profile_id is not null and title_key is not null

),

{% else %}

viewers as (

    select distinct
        profile_id,
        title_key
    from plays

),

{% endif %}

-- A long play may outlast the next ones, so the gap is measured from the latest end so far.
followed as (

    select
        plays.*,
        max(plays.over_at) over (
            partition by plays.profile_id, plays.title_key
            order by plays.started_at, plays.play_id
            rows between unbounded preceding and 1 preceding
        ) as previous_over_at,
        row_number() over (
            partition by plays.profile_id, plays.title_key
            order by plays.started_at, plays.play_id
        ) as play_number
    from plays
    inner join viewers
        on
            plays.profile_id = viewers.profile_id
            and plays.title_key = viewers.title_key

),

numbered as (

    select
        *,
        sum(
            iff(
                previous_over_at is null
                or started_at > dateadd(
                    'second', {{ var('binge_gap_hours') }} * 3600, previous_over_at
                ),
                1,
                0
            )
        ) over (
            partition by profile_id, title_key
            order by play_number
            rows between unbounded preceding and current row
        ) as run_number
    from followed

),

runs as (

    select
        profile_id,
        title_key,
        run_number,
        min_by(play_id, play_number) as first_play_id,
        min(user_id) as user_id,
        min_by(episode_key, play_number) as first_episode_key,
        max_by(episode_key, play_number) as last_episode_key,
        count(*) as play_count,
        count(distinct episode_key) as episode_count,
        sum(watched_seconds) as watched_seconds,
        min(started_at) as started_at,
        max(over_at) as ended_at
    from numbered
    group by profile_id, title_key, run_number
    having count(distinct episode_key) >= {{ var('binge_minimum_episodes') }}

),

final as (

    select
        runs.first_play_id,
        viewers.profile_id,
        runs.user_id,
        viewers.title_key,
        runs.first_episode_key,
        runs.last_episode_key,
        runs.play_count,
        runs.episode_count,
        runs.watched_seconds,
        round(runs.watched_seconds / 3600, 2)::number(18, 2) as watched_hours,
        datediff('second', runs.started_at, runs.ended_at) as elapsed_seconds,
        runs.started_at::date as started_on,
        runs.started_at,
        runs.ended_at,
        -- A profile without a binge of the title any more is a tombstone.
        iff(runs.run_number is null, null, {{ run_timestamp() }}) as processed_at
    from viewers
    {{ 'left' if is_incremental() else 'inner' }} join runs
        on
            viewers.profile_id = runs.profile_id
            and viewers.title_key = runs.title_key

)

select * from final
