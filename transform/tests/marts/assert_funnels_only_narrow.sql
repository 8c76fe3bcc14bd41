select *
from {{ ref('title_completion_funnel') }}
where
    reached_25_play_count > play_count
    or reached_50_play_count > reached_25_play_count
    or reached_75_play_count > reached_50_play_count
    or reached_95_play_count > reached_75_play_count
