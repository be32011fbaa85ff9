using CsCheck;

namespace IslGateway.UnitTests.Workflows.Batch;

/// <summary>Random JSON objects with few names, so that any two of them have some in common.</summary>
internal static class JsonObjects
{
    private static readonly string[] Names = ["m", "M", "m1", "\u00e9", "z"];
    private static readonly string[] Words = ["null", "1", "\"a\"", "[1,null]", "true"];

    public static Gen<string> OfDepth(int depth) =>
        Gen.Select(Gen.Int[0, Names.Length - 1], Values(depth - 1)).Array[0, 4].Select(static members =>
            $"{{{string.Join(',', members.DistinctBy(static member => member.Item1).Select(MemberOf))}}}");

    private static string MemberOf((int Name, string Value) member) => $"\"{Names[member.Name]}\":{member.Value}";

    private static Gen<string> Values(int depth)
    {
        var plain = Gen.Int[0, Words.Length - 1].Select(n => Words[n]);
        return depth <= 0 ? plain : Gen.OneOf(plain, OfDepth(depth));
    }
}
