namespace IslGateway.UnitTests.Caching.Keys.Differential;

internal static class Readers
{
    /// <summary>CPython; the oracle of these tests where there is none.</summary>
    public static IReader Any() => CPythonReader.Start() as IReader ?? new OracleReader();
}
