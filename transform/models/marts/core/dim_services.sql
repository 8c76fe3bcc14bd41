with services as (

    select * from {{ ref('int_services_matched') }}

),

final as (

    select
        service_key,
        {% for source, column in [
            ('tmdb', 'tmdb_provider_ids'),
            ('sa', 'sa_service_ids'),
            ('watchmode', 'watchmode_source_ids'),
        ] -%}
        nullif(
            listagg(iff(source = '{{ source }}', source_service_id, null), ', ') within group (
                order by length(source_service_id), source_service_id
            ),
            ''
        ) as {{ column }},
        {% endfor -%}
        min(service_name) as service_name,
        count(distinct source) as source_count,
        boolor_agg(is_own) as is_own
    from services
    group by service_key

)

select * from final
