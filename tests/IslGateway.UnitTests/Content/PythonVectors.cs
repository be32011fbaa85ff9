using System.Text;

namespace IslGateway.UnitTests.Content;

/// <summary>Bodies made by Python's <c>gzip</c> and <c>zlib</c> (3.11), whose users the gateway serves.</summary>
internal static class PythonVectors
{
    /// <summary>gzip.compress(json, mtime=0): one fixed block.</summary>
    public const string Gzip =
        "H4sIAAAAAAACA6tWys1PSc1RsqpWygMyipWsopUKijKTU5V0lFJScxPzUpRidZRSU9LBUphysbU6SsWpqSlKViZGtQB7PxnwTQAAAA==";

    /// <summary>gzip.compress(json, 0, mtime=0): one stored block.</summary>
    public const string GzipStored =
        "H4sIAAAAAAAEAwFNALL/eyJtb2RlbCI6eyJub2RlcyI6WyJwcmljZSIsImRlbWFuZCJdLCJlZGdlcyI6W1sicHJpY2UiLCJkZW1hbmQiXV19LCJzZWVkIjo0Mn17PxnwTQAAAA==";

    /// <summary>GzipFile("payload.json"): FNAME.</summary>
    public const string GzipNamed =
        "H4sICAEAAAAC/3BheWxvYWQuanNvbgCrVsrNT0nNUbKqVsoDMoqVrKKVCooyk1OVdJRSUnMT81KUYnWUUlPSwVKYcrG1OkrFqakpSlYmRrUAez8Z8E0AAAA=";

    /// <summary>gzip.compress(json[:40]) + gzip.compress(json[40:]).</summary>
    public const string GzipTwoMembers =
        "H4sIAAAAAAACA6tWys1PSc1RsqpWygMyipWsopUKijKTU5V0lFJScxPzUpRidZRSUwBbST7/KAAAAB+LCAAAAAAAAgNLTy1WsoqOViooykxOVdJRSknNTcxLUYqNrdVRKk5NTVGyMjGqBQDMzeZJJQAAAA==";

    /// <summary>gzip.compress(b"").</summary>
    public const string GzipEmpty = "H4sIAAAAAAACAwMAAAAAAAAAAAA=";

    /// <summary>zlib.compress(json).</summary>
    public const string Zlib =
        "eJyrVsrNT0nNUbKqVsoDMoqVrKKVCooyk1OVdJRSUnMT81KUYnWUUlPSwVKYcrG1OkrFqakpSlYmRrUA3+sZAg==";

    /// <summary>zlib.compressobj(9, DEFLATED, -15): bare deflate data.</summary>
    public const string BareDeflate =
        "q1bKzU9JzVGyqlbKAzKKlayilQqKMpNTlXSUUlJzE/NSlGJ1lFJT0sFSmHKxtTpKxampKUpWJka1AA==";

    /// <summary>zlib.compressobj(zdict=b"price demand").</summary>
    public const string ZlibWithDictionary = "ePkeNwSdq1YqAPGUrAx1lCAiSlZGtQBSPQcA";

    /// <summary>gzip.compress of <see cref="Samples"/>: dynamic blocks.</summary>
    public const string GzipDynamic =
        "H4sIAADxU2UC/23WsaocRxCG0XfZWJip6enpHr2KcWBsBQIJhBUKvbuNBVunoLJLBx+32B/m/Hh9//Prty+fvr8+/v7j9fnv18fj"
        + "w+vbP5//+vTfX7/Nnx9+Pcb7cax8Pd+v68rX8X4NCtf79aIw36+bwv1+PSms9+uksN+vD4Un/1+vyNtuEsF1vOZ1l408b9nI+8JI"
        + "HjiN5IXbSJ54GskbbyN55OOPkkcOImceuYiceeXNax552cgjt408MozkkdNIHvkYySNPI3nkTWQcjIzK4KekMliqlTzz4ZWp2mCr"
        + "NvLKMMJajTBXI3nlSeRir0SuPPLkNW8cNtirDfZqJI+8jLBXI+zVSB45jbBXIpO9Epl55E1k5pWTV/ZqI49cNtirEfZqJI/cRtir"
        + "EfZK5M4jHyI3cyVyM1cjeeXmlbnaYK42mKsR5mqEuRphrkQWcyWy8sjglbnaYK42mKsR5mqEuRphrkaYqxHmSmQzVyKbuRLZfER4"
        + "Za42mKsN5mqEuRphrkaYqxHmSuRhrkQe5urHlrka4afklbnaYK42mKsR5mqEuRphrn5tD/Z6+R4tgY6zRVAco2VQHFcLoThmS6E4"
        + "7hZDcayWQ3HsFkRxPC2JAv0UFMGfqqKzZREAKi5CQAVGEKjICAMVGoGgYiMUVHAEg4qOcJA8CiA0CvfOFkiBhW6fr5ZIAYZ2ydwt"
        + "kgIOzdLZLZMCEOmkQERCKRBRkVJgolFCo7VSwKLH59lqKXDRLpnVeimQ0SydpxVTYCPJFOBIMwU8On0erZoCH62Sma2bAiFdpbNa"
        + "OQVGOkvnae0UKEk8BUxST4GT7tIZnZ8CKV0lM1tBBVaK0lmtoQIt7dJ5WkUFXpJRAZh0VCCmUTqjlVSApu3zbC0VqGmXzGo1Fbhp"
        + "ls7TeiqQk6AK6KSoAjyFz6M1VaCnVTKzVVXgp6t0VuuqQFBn6TytrAJDSasAUdoqUNRdOqPTVeCoq2Rm66tAUlE6qxVWYKldOk9r"
        + "rEBTIivglMoKPDVKZ7TOCkjlhw5SXSVzt9QKUBWls1tsBaz6X1t//PwXFy0f0E0SAAA=";

    public static byte[] Json =>
        Encoding.ASCII.GetBytes("""{"model":{"nodes":["price","demand"],"edges":[["price","demand"]]},"seed":42}""");

    public static byte[] Samples => Encoding.ASCII.GetBytes(
        "{\"samples\":[" + string.Join(',', Enumerable.Range(0, 200).Select(i => $"{{\"id\":{i},\"price\":{i * 37 % 101}.5}}")) + "]}");
}
