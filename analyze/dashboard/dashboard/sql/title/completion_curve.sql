-- Share of the plays that got at least so far into the film or episode. A play without a known
-- running time got nowhere.
-- definitions: title_completion_funnel, fct_plays.progress
with plays as (
    select coalesce(floor(progress * 20), 0) as twentieth
    from :marts.fct_plays
    where title_key = :title_key
),

steps as (
    select column1 as twentieth
    from values
        (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10),
        (11), (12), (13), (14), (15), (16), (17), (18), (19), (20)
)

select
    steps.twentieth * 5 as percent_reached,
    sum(case when plays.twentieth >= steps.twentieth then 1 else 0 end) as plays,
    sum(case when plays.twentieth >= steps.twentieth then 1 else 0 end) / count(*) as share
from steps
cross join plays
group by steps.twentieth
order by steps.twentieth
