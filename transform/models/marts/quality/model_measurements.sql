{{
    config(
        materialized='incremental',
        unique_key='measured_at',
        full_refresh=false,
        transient=false
    )
}}

{# Amounts may grow and not vanish; shares should stay what they are. -#}
{% set measured = {
    'fct_viewing_sessions': {
        'row_count': 'count(*)',
        'title_count': 'count(distinct title_key)',
        'watched_hours': 'sum(watched_seconds) / 3600',
        'play_share': 'avg(iff(is_play, 1, 0))',
        'late_share': 'avg(iff(is_late, 1, 0))',
        'without_end_share': 'avg(iff(is_without_end, 1, 0))',
        'tv_share': "avg(iff(device = 'tv', 1, 0))",
        'mobile_share': "avg(iff(device = 'mobile', 1, 0))",
    },
    'fct_plays': {
        'row_count': 'count(*)',
        'watched_hours': 'sum(watched_seconds) / 3600',
        'complete_share': 'avg(iff(is_complete, 1, 0))',
        'without_runtime_share': 'avg(iff(runtime_seconds is null, 1, 0))',
    },
    'daily_title_engagement': {
        'row_count': 'count(*)',
        'watched_hours': 'sum(watched_seconds) / 3600',
    },
    'daily_user_engagement': {
        'title_count': 'sum(title_count)',
        'complete_play_share': 'sum(complete_play_count) / nullif(sum(play_count), 0)',
    },
    'daily_active_users': {
        'day_count': 'count(*)',
        'stickiness_share': 'avg(stickiness)',
    },
    'monthly_recurring_revenue': {
        'row_count': 'count(*)',
        'churn_share': '-sum(churn_mrr) / nullif(sum(starting_mrr), 0)',
    },
    'fct_title_availability': {
        'row_count': 'count(*)',
        'current_share': 'avg(iff(available_to is null, 1, 0))',
    },
    'quarantined_rows': {
        'duplicate_share': "avg(iff(rejection_reason = 'duplicate', 1, 0))",
        'unknown_user_share': "avg(iff(rejection_reason = 'unknown_user', 1, 0))",
    },
    'dim_titles': {
        'row_count': 'count(*)',
        'matched_share': 'avg(iff(tmdb_id is null, 0, 1))',
        'film_share': "avg(iff(title_type = 'film', 1, 0))",
        'without_runtime_share': 'avg(iff(runtime_minutes is null, 1, 0))',
    },
    'dim_episodes': {
        'row_count': 'count(*)',
        'without_runtime_share': 'avg(iff(runtime_minutes is null, 1, 0))',
    },
    'dim_users': {
        'user_count': 'count(distinct user_id)',
        'subscribed_share': 'avg(iff(is_subscribed, 1, 0))',
    },
    'fct_subscription_periods': {
        'row_count': 'count(*)',
        'monthly_price_sum': 'sum(reporting_monthly_price)',
        'ended_share': 'avg(iff(ended_on is null, 0, 1))',
    },
    'fct_ratings': {
        'row_count': 'count(*)',
        'stars_sum': 'sum(stars)',
    },
} %}

with

{% for mart, measures in measured.items() %}
{{ mart }} as (

    select
        {% for measure, expression in measures.items() -%}
        {{ expression }} as {{ measure }},
        {% endfor -%}
        '{{ mart }}' as mart_name
    from {{ ref(mart) }}

),
{% endfor %}

-- Each mart is read once, whatever is measured of it.
measured_marts as (

    {% for mart, measures in measured.items() -%}
    select
        mart_name,
        object_construct(
            {%- for measure in measures %}
            '{{ measure }}', coalesce({{ measure }}, 0)::double
            {{- ',' if not loop.last }}
            {%- endfor %}
        ) as measured_values
    from {{ mart }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

measurements as (

    select
        measured_marts.mart_name,
        flattened.key::varchar as measure_name,
        flattened.value::double as measured_value
    from measured_marts, lateral flatten(input => measured_marts.measured_values) as flattened

),

final as (

    select
        to_char({{ run_timestamp() }}, 'YYYY-MM-DD HH24:MI:SS.FF6')
        || '|' || mart_name || '|' || measure_name as measurement_key,
        mart_name,
        measure_name,
        measured_value,
        endswith(measure_name, '_share') as is_share,
        {{ run_timestamp() }} as measured_at,
        {{ run_timestamp() }} as processed_at
    from measurements

)

select * from final
