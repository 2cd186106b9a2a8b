/** How many of `voters` any two of whose sets of this size share a member. */
export const majorityOf = (voters: number): number => Math.floor(voters / 2) + 1;

/** Whether those who voted, each counted once and only if it has a vote, are a majority of the voters. */
export function isMajority(votes: Iterable<string>, voters: readonly string[]): boolean {
  const counted = new Set<string>();
  for (const vote of votes) if (voters.includes(vote)) counted.add(vote);
  return voters.length > 0 && counted.size >= majorityOf(voters.length);
}
