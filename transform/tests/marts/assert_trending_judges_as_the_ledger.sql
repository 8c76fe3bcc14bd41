{{ config(severity='warn') }}

-- A five-minute run may load sessions while this build is under way: only the same version of a
-- session is compared.
select
    recent.session_id,
    recent.rejection_reason,
    ledger.rejection_reason as ledger_rejection_reason
from {{ ref('int_recent_sessions_judged') }} as recent
inner join {{ ref('int_viewing_sessions_classified') }} as ledger
    on
        recent.session_id = ledger.session_id
        and recent.loaded_at = ledger.loaded_at
where
    recent.time_window = 'now'
    and recent.rejection_reason is distinct from ledger.rejection_reason
    -- These take other tables.
    and coalesce(ledger.rejection_reason, '') not in ('unknown_user', 'unknown_title')
    and not ledger.is_erased
