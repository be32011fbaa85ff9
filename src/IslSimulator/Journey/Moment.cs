using IslSimulator.Knobs;

namespace IslSimulator.Journey;

/// <summary>What is fixed when a call arrives: the knobs, the ids and the time.</summary>
internal sealed record Moment(SimulatorKnobs Knobs, CallIds Ids, long Arrived, bool IsHealth, bool TooLarge);
