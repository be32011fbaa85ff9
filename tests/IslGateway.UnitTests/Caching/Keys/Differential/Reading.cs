namespace IslGateway.UnitTests.Caching.Keys.Differential;

/// <summary>What Python reads from a body.</summary>
/// <param name="Why">Why the body must not be keyed; none for one that must be.</param>
/// <param name="Sorted">Stands for the text that <c>json.dumps</c> makes of it with <c>sort_keys</c>.</param>
/// <param name="Own">The same without <c>sort_keys</c>.</param>
internal readonly record struct Reading(Inexact Why, UInt128 Sorted, UInt128 Own)
{
    public UInt128 Text(bool sortKeys) => sortKeys ? Sorted : Own;
}
