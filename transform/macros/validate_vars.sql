{% macro var_rules() %}
    {% set rules %}
play_minimum_seconds: {kind: whole number, at_least: 1}
complete_play_ratio: {kind: number, above: 0, at_most: 1}
credits_seconds: {kind: whole number, at_least: 0}
credits_maximum_ratio: {kind: number, at_least: 0, at_most: 1}
watched_tolerance_seconds: {kind: whole number, at_least: 0}
load_overlap_hours: {kind: whole number, at_least: 0}
late_arrival_hours: {kind: whole number, at_least: 1}

# catalogue
match_year_tolerance: {kind: whole number, at_least: 0}
offer_snapshots_held: {kind: whole number, at_least: 1}

# customers
calendar_first_day: {kind: date}
calendar_day_count: {kind: whole number, at_least: 366}
reporting_currency: {kind: currency code}
switch_gap_days: {kind: whole number, at_least: 0}
stars_minimum: {kind: number, at_least: 0, below_var: stars_maximum}
stars_maximum: {kind: number, above: 0}
active_week_days: {kind: whole number, at_least: 1, below_var: active_month_days}
active_month_days: {kind: whole number, at_least: 1}

# engagement
binge_minimum_episodes: {kind: whole number, at_least: 2}
binge_gap_hours: {kind: number, at_least: 0, at_most: 24}
affinity_window_days: {kind: whole number, at_least: 1}
affinity_minimum_hours: {kind: number, above: 0}
affinity_minimum_viewers: {kind: whole number, at_least: 1}

# discovery
trending_window_hours: {kind: whole number, at_least: 1}
trending_smoothing_hours: {kind: number, above: 0}
trending_minimum_viewers: {kind: whole number, at_least: 1}
current_list_days: {kind: whole number, at_least: 0}
content_gap_window_days: {kind: whole number, at_least: 1}
newly_released_days: {kind: whole number, at_least: 1}
added_last_month_days: {kind: whole number, at_least: 1}
added_last_quarter_days: {kind: whole number, at_least: 1}
leaving_soon_days: {kind: whole number, at_least: 1}
leaving_viewing_days: {kind: whole number, at_least: 1}

# quality
drift_run_count: {kind: whole number, at_least: 1}
drift_loss_tolerance: {kind: number, above: 0, at_most: 1}
drift_loss_minimum: {kind: number, at_least: 0}
drift_share_tolerance: {kind: number, above: 0, at_most: 1}
missing_day_share: {kind: number, above: 0, at_most: 1}
missing_day_usual_sessions: {kind: whole number, at_least: 1}
early_session_share_tolerance: {kind: number, above: 0, at_most: 1}
price_factor_tolerance: {kind: number, above: 1}
    {% endset %}
    {{ return(fromyaml(rules)) }}
{% endmacro %}


{% macro var_range(rule) %}
    {% set details = {'date': ['as in 2026-12-31'], 'currency code': ['as in USD']}.get(rule.kind, []) %}
    {% for word in ['above', 'at_least', 'at_most', 'below_var'] if word in rule %}
        {% do details.append(word | replace('_var', '') | replace('_', ' ') ~ ' ' ~ rule[word]) %}
    {% endfor %}
    {{ return('a ' ~ rule.kind ~ ' (' ~ details | join(', ') ~ ')') }}
{% endmacro %}


{% macro var_fits(value, rule) %}
    {% set patterns = {'date': '\\d{4}-[01]\\d-[0-3]\\d', 'currency code': '[A-Z]{3}'} %}
    {% if rule.kind in patterns %}
        {{ return(modules.re.fullmatch(patterns[rule.kind], value | string) is not none) }}
    {% endif %}
    {% set other = var(rule.below_var, none) if 'below_var' in rule %}
    {{ return(
        value is number
        and value is not boolean
        and (value is integer or rule.kind == 'number')
        and ('above' not in rule or value > rule.above)
        and ('at_least' not in rule or value >= rule.at_least)
        and ('at_most' not in rule or value <= rule.at_most)
        and (other is not number or value < other)
    ) }}
{% endmacro %}


{% macro var_faults(declared=[]) %}
    {% set rules = var_rules() %}
    {% set faults = [] %}

    {% for name, rule in rules.items() %}
        {% set value = var(name, none) %}
        {% if value is none %}
            {% do faults.append(name ~ ' is not set, and has to be ' ~ var_range(rule)) %}
        {% elif not var_fits(value, rule) %}
            {% set given = tojson(value) %}
            {% do faults.append(name ~ ' is ' ~ given ~ ', and has to be ' ~ var_range(rule)) %}
        {% endif %}
    {% endfor %}

    {% for name in invocation_args_dict.get('vars') or {} if name not in rules %}
        {% do faults.append(name ~ ' is given with --vars, and no var has that name') %}
    {% endfor %}
    {% for name in declared if name not in rules %}
        {% do faults.append(name ~ ' has no rule in macros/validate_vars.sql') %}
    {% endfor %}

    {{ return(faults) }}
{% endmacro %}


{% macro print_var_faults(declared=[]) %}
    {% do print(tojson(var_faults(declared))) %}
{% endmacro %}


{% macro validate_vars() %}
    {% set faults = var_faults() if execute else [] %}
    {% if faults %}
        {% do exceptions.raise_compiler_error(
            'The vars of this run cannot be right:\n'
            ~ faults | map('indent', 2, true) | join('\n')
            ~ '\nThey are set under vars in transform/dbt_project.yml, or with --vars.'
        ) %}
    {% endif %}
{% endmacro %}
