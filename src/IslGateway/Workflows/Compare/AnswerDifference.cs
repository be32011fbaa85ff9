namespace IslGateway.Workflows.Compare;

/// <summary>
/// A place at which two answers differ, or several that are alike but for their numbers in lists. Never what stands there.
/// </summary>
/// <param name="Pointer">
/// The place as a JSON pointer (RFC 6901); of several it names the numbers in which they differ as <c>*</c>. At most 200 characters.
/// </param>
/// <param name="Folded">The pointer in which every number in a list is <c>*</c>.</param>
/// <param name="Kind">In what they differ there.</param>
/// <param name="Places">How many places of the answer these are.</param>
/// <param name="Change">
/// The largest change of a number there, |then - now| / max(|then|, |now|), 0 to 2; null where it is no number, or none that can be
/// measured.
/// </param>
internal sealed record AnswerDifference(string Pointer, string Folded, DifferenceKind Kind, long Places, double? Change);
