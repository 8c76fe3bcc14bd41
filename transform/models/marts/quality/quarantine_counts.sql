{{ config(materialized='view') }}

with quarantined as (

    select * from {{ ref('quarantined_rows') }}

),

final as (

    select
        entity,
        rejection_reason,
        count(*) as row_count,
        loaded_on
    from quarantined
    group by entity, rejection_reason, loaded_on

)

select * from final
