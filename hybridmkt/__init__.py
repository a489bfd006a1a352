"""hybridmkt: choose influencers for a campaign, the AI and people each doing what they are best at."""
