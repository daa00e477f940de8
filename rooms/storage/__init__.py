"""The journal in SQL, and its twin in memory."""
