"""What a recurrent network has to beat: classifiers without recurrence, from arrays to scores of test sequences."""
