with good as (

    select * from {{ ref('int_viewing_sessions_classified') }}
    where rejection_reason is null

),

sessions as (

    select * from {{ ref('fct_viewing_sessions') }}

),

plays as (

    select * from {{ ref('fct_plays') }}

),

-- The one documented cut: what was watched beyond the time between start and end.
judged as (

    select
        started_on,
        count(*) as session_count,
        sum(watched_seconds) as watched_seconds,
        sum(greatest(watched_seconds - coalesce(elapsed_seconds, watched_seconds), 0))
            as cut_seconds
    from good
    group by started_on

),

counted as (

    select
        started_on,
        count(*) as session_count,
        sum(watched_seconds) as watched_seconds,
        sum(iff(is_play, 0, watched_seconds)) as other_seconds,
        sum(iff(is_anonymised, 0, watched_seconds)) as known_seconds
    from sessions
    group by started_on

),

played as (

    select
        started_on,
        sum(watched_seconds) as watched_seconds
    from plays
    group by started_on

),

by_title as (

    select
        viewed_on,
        sum(session_count) as session_count,
        sum(watched_seconds) as watched_seconds
    from {{ ref('daily_title_engagement') }}
    group by viewed_on

),

by_user as (

    select
        viewed_on,
        sum(watched_seconds) as watched_seconds
    from {{ ref('daily_user_engagement') }}
    group by viewed_on

),

compared as (

    select
        coalesce(judged.started_on, counted.started_on, by_title.viewed_on, by_user.viewed_on)
            as started_on,
        judged.session_count,
        judged.watched_seconds - judged.cut_seconds as good_seconds,
        counted.session_count as counted_sessions,
        counted.watched_seconds as counted_seconds,
        coalesce(played.watched_seconds, 0) + counted.other_seconds as played_and_other_seconds,
        by_title.session_count as title_sessions,
        by_title.watched_seconds as title_seconds,
        counted.known_seconds,
        coalesce(by_user.watched_seconds, 0) as user_seconds
    from judged
    full outer join counted
        on judged.started_on = counted.started_on
    full outer join by_title
        on judged.started_on = by_title.viewed_on
    full outer join by_user
        on judged.started_on = by_user.viewed_on
    left join played
        on judged.started_on = played.started_on

)

select * from compared
where
    session_count is distinct from counted_sessions
    or session_count is distinct from title_sessions
    or good_seconds is distinct from counted_seconds
    or good_seconds is distinct from played_and_other_seconds
    or good_seconds is distinct from title_seconds
    or known_seconds is distinct from user_seconds
