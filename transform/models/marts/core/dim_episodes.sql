with episodes as (

    select * from {{ ref('int_episodes_matched') }}

),

titles as (

    select * from {{ ref('dim_titles') }}

),

final as (

    select
        episodes.episode_key,
        episodes.title_key,
        episodes.tmdb_episode_id,
        episodes.tvmaze_episode_id,
        episodes.episode_name,
        episodes.episode_type,
        episodes.season_number,
        episodes.episode_number,
        coalesce(episodes.runtime_minutes, titles.runtime_minutes) as runtime_minutes,
        episodes.tmdb_vote_average,
        episodes.tmdb_vote_count,
        episodes.tvmaze_rating_average,
        episodes.runtime_minutes is null
        and titles.runtime_minutes is not null as is_runtime_of_title,
        episodes.season_number = 0 as is_special,
        episodes.aired_on
    from episodes
    inner join titles
        on episodes.title_key = titles.title_key

)

select * from final
