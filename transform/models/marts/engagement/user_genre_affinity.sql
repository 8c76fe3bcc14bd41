with plays as (

    select * from {{ ref('fct_plays') }}
    where user_id is not null

),

title_genres as (

    select * from {{ ref('bridge_title_genres') }}

),

genres as (

    select * from {{ ref('dim_genres') }}

),

as_of as (

    select
        dateadd(
            'day', 1 - {{ var('affinity_window_days') }}, complete_on
        )::date as window_starts_on,
        complete_on as window_ends_on
    from {{ ref('int_data_as_of') }}

),

watched as (

    select
        plays.user_id,
        title_genres.genre_key,
        sum(plays.watched_seconds * title_genres.weight) as watched_seconds
    from plays
    inner join as_of
        on plays.started_on between as_of.window_starts_on and as_of.window_ends_on
    inner join title_genres
        on plays.title_key = title_genres.title_key
    group by plays.user_id, title_genres.genre_key

),

all_genres as (

    select
        genre_key,
        count_if(watched_seconds > 0) as viewer_count,
        sum(watched_seconds) / sum(sum(watched_seconds)) over () as audience_share
    from watched
    group by genre_key
    having sum(watched_seconds) > 0

),

sampled_users as (

    select
        user_id,
        sum(watched_seconds) as watched_seconds
    from watched
    group by user_id
    having sum(watched_seconds) >= {{ var('affinity_minimum_hours') }} * 3600

),

-- A genre that a user never watched is the strongest answer there is, and no missing row.
shared as (

    select
        sampled_users.user_id,
        all_genres.genre_key,
        coalesce(watched.watched_seconds, 0) as watched_seconds,
        coalesce(watched.watched_seconds, 0) / sampled_users.watched_seconds as user_share,
        all_genres.audience_share,
        all_genres.viewer_count >= {{ var('affinity_minimum_viewers') }} as is_audience_large_enough
    from sampled_users
    cross join all_genres
    left join watched
        on
            sampled_users.user_id = watched.user_id
            and all_genres.genre_key = watched.genre_key

),

final as (

    select
        shared.user_id || '|' || shared.genre_key as user_genre_key,
        shared.user_id,
        shared.genre_key,
        genres.genre_name,
        round(shared.watched_seconds / 3600, 4)::number(18, 4) as watched_hours,
        round(shared.user_share, 6)::number(7, 6) as user_share,
        round(shared.audience_share, 6)::number(7, 6) as audience_share,
        iff(
            shared.is_audience_large_enough,
            round(shared.user_share / shared.audience_share, 4),
            null
        )::number(18, 4) as affinity,
        as_of.window_starts_on,
        as_of.window_ends_on
    from shared
    cross join as_of
    left join genres
        on shared.genre_key = genres.genre_key

)

select * from final
