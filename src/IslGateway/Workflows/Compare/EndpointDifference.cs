namespace IslGateway.Workflows.Compare;

/// <summary>A place at which answers of an endpoint differ.</summary>
/// <param name="Pointer">As in <see cref="AnswerDifference"/>; where lists of answers differ at several places, with <c>*</c>.</param>
/// <param name="Kind">In what they differ there.</param>
/// <param name="Answers">How many answers differ there.</param>
/// <param name="Change">The largest change of a number there; null where it is none that can be measured.</param>
internal sealed record EndpointDifference(string Pointer, DifferenceKind Kind, long Answers, double? Change);
