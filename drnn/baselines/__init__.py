"""Non-recurrent baselines, which a recurrent network has to beat: from arrays to scores of test sequences."""
