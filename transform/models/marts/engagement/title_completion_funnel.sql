with engagement as (

    select * from {{ ref('daily_title_engagement') }}

),

titles as (

    select * from {{ ref('dim_titles') }}

),

aggregated as (

    select
        title_key,
        sum(play_count) as play_count,
        sum(reached_25_play_count) as reached_25_play_count,
        sum(reached_50_play_count) as reached_50_play_count,
        sum(reached_75_play_count) as reached_75_play_count,
        sum(reached_95_play_count) as reached_95_play_count,
        sum(complete_play_count) as complete_play_count,
        min(viewed_on) as first_viewed_on,
        max(viewed_on) as last_viewed_on
    from engagement
    where play_count > 0
    group by title_key

),

final as (

    select
        aggregated.title_key,
        titles.title_name,
        titles.title_type,
        aggregated.play_count,
        aggregated.reached_25_play_count,
        aggregated.reached_50_play_count,
        aggregated.reached_75_play_count,
        aggregated.reached_95_play_count,
        aggregated.complete_play_count,
        round(
            aggregated.reached_25_play_count / aggregated.play_count, 4
        )::number(5, 4) as reached_25_share,
        round(
            aggregated.reached_50_play_count / aggregated.play_count, 4
        )::number(5, 4) as reached_50_share,
        round(
            aggregated.reached_75_play_count / aggregated.play_count, 4
        )::number(5, 4) as reached_75_share,
        round(
            aggregated.reached_95_play_count / aggregated.play_count, 4
        )::number(5, 4) as reached_95_share,
        round(
            aggregated.complete_play_count / aggregated.play_count, 4
        )::number(5, 4) as completion_rate,
        aggregated.first_viewed_on,
        aggregated.last_viewed_on
    from aggregated
    inner join titles
        on aggregated.title_key = titles.title_key

)

select * from final
