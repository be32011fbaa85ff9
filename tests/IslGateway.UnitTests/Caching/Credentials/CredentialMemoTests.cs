using CsCheck;
using IslGateway.Caching.Credentials;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IslGateway.UnitTests.Caching.Credentials;

public sealed class CredentialMemoTests
{
    private static readonly Gen<string[]> Names =
        OneOf<string[]>(["X-API-Key"], ["x-api-key"], ["Authorization", "X-API-Key"], ["X-API-Key", "x-api-key"]);

    private static readonly Gen<byte[]> Secrets = OneOf([], "s1"u8.ToArray(), "s2"u8.ToArray());

    private static readonly Gen<StringValues> Values = Gen.OneOf(
        OneOf("", "a", "A", " a", "b", "a,b", new string('k', 4_000)).Select(value => new StringValues(value)),
        OneOf("a", "b").Array[2].Select(values => new StringValues(values)));

    private static readonly Gen<HeaderDictionary> Headers =
        from fields in Gen.Select(OneOf("X-API-Key", "Authorization", "Cookie"), Values, KeyValuePair.Create).Array[0, 3]
        select new HeaderDictionary(fields.DistinctBy(field => field.Key).ToDictionary());

    [Fact]
    public void Of_WhateverCameBefore_IsWhatTheReaderSays()
    {
        // One memo for all samples: what one of them leaves behind must not be taken for another.
        var memo = new CredentialMemo();
        Gen.Select(Headers, Names, Secrets).Sample((headers, names, secret) =>
            memo.Of(headers, names, secret) == CredentialReader.Of(headers, names, secret));
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
