with titles as (

    select
        title_key,
        tmdb_title_type,
        tmdb_id,
        tvmaze_id
    from {{ ref('int_titles_matched') }}

),

-- All episodes of a series are read together, so one that was read earlier than the others is gone.
tmdb_episodes as (

    select *
    from {{ ref('stg_tmdb__episodes') }}
    where not is_deleted
    qualify snapshot_at = max(snapshot_at) over (partition by tmdb_id)

),

tvmaze_episodes as (

    select *
    from {{ ref('stg_tvmaze__episodes') }}
    where not is_deleted
    qualify show_updated_at = max(show_updated_at) over (partition by tvmaze_id)

),

-- A number that a source gives twice is the older record's.
tmdb_numbered as (

    select
        titles.title_key,
        tmdb_episodes.*
    from tmdb_episodes
    inner join titles
        on
            tmdb_episodes.title_type = titles.tmdb_title_type
            and tmdb_episodes.tmdb_id = titles.tmdb_id
    where
        tmdb_episodes.season_number is not null
        and tmdb_episodes.episode_number is not null
    qualify
        row_number() over (
            partition by
                titles.title_key, tmdb_episodes.season_number, tmdb_episodes.episode_number
            order by tmdb_episodes.tmdb_episode_id
        ) = 1

),

-- TVmaze numbers no specials, so those are TMDB's alone.
tvmaze_numbered as (

    select
        titles.title_key,
        tvmaze_episodes.*
    from tvmaze_episodes
    inner join titles
        on tvmaze_episodes.tvmaze_id = titles.tvmaze_id
    where
        tvmaze_episodes.season_number is not null
        and tvmaze_episodes.episode_number is not null
    qualify
        row_number() over (
            partition by
                titles.title_key, tvmaze_episodes.season_number, tvmaze_episodes.episode_number
            order by tvmaze_episodes.tvmaze_episode_id
        ) = 1

),

joined as (

    select
        coalesce(tmdb_numbered.title_key, tvmaze_numbered.title_key) as title_key,
        tmdb_numbered.tmdb_episode_id,
        tvmaze_numbered.tvmaze_episode_id,
        coalesce(tmdb_numbered.episode_name, tvmaze_numbered.episode_name) as episode_name,
        coalesce(tmdb_numbered.episode_type, tvmaze_numbered.episode_type) as episode_type,
        coalesce(tmdb_numbered.season_number, tvmaze_numbered.season_number) as season_number,
        coalesce(tmdb_numbered.episode_number, tvmaze_numbered.episode_number) as episode_number,
        coalesce(
            nullif(tmdb_numbered.runtime_minutes, 0), nullif(tvmaze_numbered.runtime_minutes, 0)
        ) as runtime_minutes,
        tmdb_numbered.vote_average as tmdb_vote_average,
        tmdb_numbered.vote_count as tmdb_vote_count,
        tvmaze_numbered.rating_average as tvmaze_rating_average,
        coalesce(tmdb_numbered.aired_on, tvmaze_numbered.aired_on) as aired_on
    from tmdb_numbered
    full outer join tvmaze_numbered
        on
            tmdb_numbered.title_key = tvmaze_numbered.title_key
            and tmdb_numbered.season_number = tvmaze_numbered.season_number
            and tmdb_numbered.episode_number = tvmaze_numbered.episode_number

),

matched as (

    select
        title_key || '|' || season_number || '|' || episode_number as episode_key,
        *
    from joined

)

select * from matched
