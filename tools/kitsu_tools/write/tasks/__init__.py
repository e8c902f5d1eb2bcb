"""What is planned of tasks: who does them, when, and in how long."""
