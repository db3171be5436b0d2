-- a copy's texts wait for a person, whatever runs its jobs
UPDATE ir_cron SET hub_by_runner = FALSE WHERE hub_by_runner;
