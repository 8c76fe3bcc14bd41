{{ config(materialized='incremental', unique_key='session_id') }}

with profiles as (

    select * from {{ ref('stg_streaming_app__profiles') }}

),

users as (

    select * from {{ ref('stg_streaming_app__users') }}

),

titles as (

    select * from {{ ref('stg_streaming_app__titles') }}

),

viewers as (

    select
        profiles.profile_id,
        profiles.user_id,
        coalesce(profiles.is_deleted, false) or coalesce(users.is_deleted, false) as is_erased,
        users.user_id is null as is_user_unknown
    from profiles
    left join users
        on profiles.user_id = users.user_id

),

-- The two large tables are read where they are filtered: a CTE of all rows that is used more than
-- once is computed whole first.

{% if is_incremental() %}

-- Sessions that are new or changed, and those whose profile, user or title is not what it was.
changed as (

    select
        session_id,
        {{ playback_key() }} as playback_key
    from {{ ref('stg_streaming_app__viewing_sessions') }}
    where processed_at > {{ watermark(this) }}
    union all
    select
        present.session_id,
        present.playback_key
    from {{ this }} as present
    left join viewers
        on present.profile_id = viewers.profile_id
    left join titles
        on present.title_id = titles.title_id
    where
        present.user_id is distinct from viewers.user_id
        or present.is_erased != coalesce(viewers.is_erased, false)
        or present.is_user_unknown != coalesce(viewers.is_user_unknown, true)
        or present.is_title_unknown != (titles.title_id is null)

),

playbacks as (

    select playback_key from changed
    union all
    select playback_key
    from {{ this }}
    where session_id in (select changed.session_id from changed)

),

-- A session that comes, goes or changes decides which of its repetitions counts.
touched as (

    select session_id from changed
    union all
    select session_id
    from {{ this }}
    where playback_key in (select playbacks.playback_key from playbacks)

),

present as (

    select *
    from {{ this }}
    where session_id in (select touched.session_id from touched)

),

{% endif %}

picked as (

    select
        *,
        {{ playback_key() }} as playback_key
    from {{ ref('stg_streaming_app__viewing_sessions') }}

    {% if is_incremental() %}

    where session_id in (select touched.session_id from touched)

    {% endif %}

),

flagged as (

    select
        picked.*,
        viewers.user_id,
        'app-' || picked.title_id as title_key,
        datediff('second', picked.started_at, picked.ended_at) as elapsed_seconds,
        picked.is_without_key
        or picked.profile_id is null
        or picked.title_id is null
        or picked.started_at is null as is_missing_key,
        coalesce(viewers.is_erased, false) as is_erased,
        coalesce(viewers.is_user_unknown, true) as is_user_unknown,
        titles.title_id is null as is_title_unknown,
        picked.ended_at is null as is_without_end,
        coalesce(picked.ended_at < picked.started_at, false) as is_ended_before_started,
        coalesce(picked.watched_seconds, -1) < 0 as is_watch_time_invalid,
        coalesce(
            picked.watched_seconds
            > datediff('second', picked.started_at, picked.ended_at)
            + {{ var('watched_tolerance_seconds') }},
            false
        ) as is_watched_longer_than_elapsed,
        picked.started_at::date as started_on
    from picked
    left join viewers
        on picked.profile_id = viewers.profile_id
    left join titles
        on picked.title_id = titles.title_id

),

judged as (

    select
        *,
        case
            when is_deleted and not is_erased then 'deleted_at_source'
            when is_missing_key then 'missing_key'
            when is_user_unknown and not is_erased then 'unknown_user'
            when is_title_unknown then 'unknown_title'
            when is_ended_before_started then 'ended_before_started'
            when is_watch_time_invalid then 'invalid_watch_time'
            when is_watched_longer_than_elapsed then 'watched_longer_than_elapsed'
        end as own_rejection_reason
    from flagged

),

ranked as (

    select
        *,
        first_value(session_id) over (
            partition by own_rejection_reason is null, playback_key
            order by created_at, session_id
        ) as first_session_id
    from judged

),

repeated as (

    select
        *,
        own_rejection_reason is null and session_id != first_session_id as is_duplicate
    from ranked

),

classified as (

    select
        session_id,
        profile_id,
        user_id,
        title_id,
        title_key,
        playback_key,
        device,
        app_version,
        country,
        iff(is_duplicate, 'duplicate', own_rejection_reason) as rejection_reason,
        iff(is_duplicate, first_session_id, null) as duplicate_of_session_id,
        season_number,
        episode_number,
        watched_seconds,
        elapsed_seconds,
        position_seconds,
        bitrate_kbps,
        is_deleted,
        is_missing_key,
        is_erased,
        is_user_unknown,
        is_title_unknown,
        is_without_end,
        is_ended_before_started,
        is_watch_time_invalid,
        is_watched_longer_than_elapsed,
        is_duplicate,
        started_on,
        started_at,
        ended_at,
        created_at,
        updated_at,
        deleted_at,
        loaded_at,
        processed_at as staged_at
    from repeated

),

final as (

    select
        classified.*,

        {% if is_incremental() %}

        -- The last different value stays, so that a reader whose run failed still learns of it.
        iff(
            classified.user_id is distinct from present.user_id,
            present.user_id,
            present.previous_user_id
        ) as previous_user_id,
        iff(
            classified.title_key is distinct from present.title_key,
            present.title_key,
            present.previous_title_key
        ) as previous_title_key,
        iff(
            classified.started_on is distinct from present.started_on,
            present.started_on,
            present.previous_started_on
        ) as previous_started_on,

        {% else %}

        null::varchar as previous_user_id,
        null::varchar as previous_title_key,
        null::date as previous_started_on,

        {% endif %}

        {{ run_timestamp() }} as processed_at
    from classified

    {% if is_incremental() %}

    left join present
        on classified.session_id = present.session_id
    where
        present.session_id is null
        or classified.staged_at != present.staged_at
        or classified.user_id is distinct from present.user_id
        or classified.rejection_reason is distinct from present.rejection_reason
        or classified.duplicate_of_session_id is distinct from present.duplicate_of_session_id
        or classified.is_erased != present.is_erased
        or classified.is_user_unknown != present.is_user_unknown
        or classified.is_title_unknown != present.is_title_unknown

    {% endif %}

)

select * from final
