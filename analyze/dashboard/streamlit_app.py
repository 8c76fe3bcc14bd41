"""What Streamlit runs: ``streamlit run streamlit_app.py``, here and inside Snowflake."""

from dashboard.app import main

main()
