using System.Buffers.Binary;

namespace MtrlFunctional.Tests.Storage;

public class SafetensorsTests
{
    [Test]
    public void ReadsWhatWasWritten()
    {
        using var folder = new TemporaryFolder();
        var path = folder["all.safetensors"];
        var shorts = new byte[] { 0xFE, 0xFF, 0x03, 0x00 };
        SafetensorsWriter.Write(
            path,
            [
                SafetensorsEntry.Of("bytes", new byte[] { 1, 2, 255 }),
                SafetensorsEntry.Of("floats", [1.5f, -0.0f, float.NaN, float.MaxValue], 2, 2),
                SafetensorsEntry.Of("doubles", [Math.PI, double.Epsilon]),
                SafetensorsEntry.Of("longs", [long.MinValue, long.MaxValue]),
                SafetensorsEntry.Of("ints", [int.MinValue, 7], 2, 1),
                new SafetensorsEntry("shorts", SafetensorsType.I16, [2], s => s.Write(shorts)),
                new SafetensorsEntry("empty", SafetensorsType.F32, [0, 3], _ => { }),
                new SafetensorsEntry("scalar", SafetensorsType.BOOL, [], s => s.WriteByte(1)),
            ],
            new Dictionary<string, string> { ["golden"] = "mtsac", ["Umlaut \"ü\""] = "→\n" });

        using var file = SafetensorsFile.Open(path);
        Assert.That(file.ReadFloats("floats"), Is.EqualTo(new[] { 1.5f, -0.0f, float.NaN, float.MaxValue }));
        Assert.That(file.Tensor("floats").Shape, Is.EqualTo(new long[] { 2, 2 }));
        Assert.That(file.ReadDoubles("doubles"), Is.EqualTo(new[] { Math.PI, double.Epsilon }));
        Assert.That(file.ReadDoubles("floats")[3], Is.EqualTo((double)float.MaxValue));
        Assert.That(file.ReadLongs("longs"), Is.EqualTo(new[] { long.MinValue, long.MaxValue }));
        Assert.That(file.ReadInts("ints"), Is.EqualTo(new[] { int.MinValue, 7 }));
        Assert.That(file.ReadLongs("shorts"), Is.EqualTo(new long[] { -2, 3 }));
        Assert.That(file.Raw("bytes"), Is.EqualTo(new byte[] { 1, 2, 255 }));
        Assert.That(file.ReadFloats("empty"), Is.Empty);
        Assert.That(file.Tensor("scalar").Shape, Is.Empty);
        Assert.That(file.ReadInts("scalar"), Is.EqualTo(new[] { 1 }));
        Assert.That(file.Metadata["Umlaut \"ü\""], Is.EqualTo("→\n"));
        Assert.That(file.Tensors[0].Offset % 8, Is.Zero, "the data begins aligned");
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1), "nothing is left aside");
    }

    [Test]
    public void HalfPrecisionIsWidenedExactly()
    {
        using var folder = new TemporaryFolder();
        var path = folder["half.safetensors"];
        var halves = new byte[] { 0x00, 0x3C, 0x01, 0x00 }; // 1 and the smallest subnormal, 2^-24
        var brains = new byte[] { 0xC0, 0x3F, 0x80, 0xFF }; // 1.5 and -infinity
        SafetensorsWriter.Write(path, [
            new SafetensorsEntry("f16", SafetensorsType.F16, [2], s => s.Write(halves)),
            new SafetensorsEntry("bf16", SafetensorsType.BF16, [2], s => s.Write(brains)),
        ]);

        using var file = SafetensorsFile.Open(path);
        Assert.That(file.ReadDoubles("f16"), Is.EqualTo(new[] { 1.0, Math.Pow(2, -24) }));
        Assert.That(file.ReadFloats("bf16"), Is.EqualTo(new[] { 1.5f, float.NegativeInfinity }));
    }

    [Test]
    public void LossyReadsAreRefused()
    {
        using var folder = new TemporaryFolder();
        var path = folder["wide.safetensors"];
        SafetensorsWriter.Write(path, [
            SafetensorsEntry.Of("doubles", [0.1]), SafetensorsEntry.Of("longs", [(1L << 53) + 1]),
        ]);

        using var file = SafetensorsFile.Open(path);
        Refused(() => file.ReadFloats("doubles"), "'doubles' is of type F64");
        Refused(() => file.ReadLongs("doubles"), "integers");
        Refused(() => file.ReadDoubles("longs"), "9,007,199,254,740,993");
        Refused(() => file.ReadInts("longs"), "beyond 32 bits");
        Refused(() => file.ReadFloats("double"), "holds no tensor 'double'; it holds doubles, longs");
        Refused(() => file.ReadRaw("doubles", 1, new byte[8]), "8 bytes");
    }

    [Test]
    public void AWriterThatBreaksItsPromiseLeavesNoFile()
    {
        using var folder = new TemporaryFolder();
        var path = folder["old.safetensors"];
        SafetensorsWriter.Write(path, [SafetensorsEntry.Of("x", [1.0f])]);
        var before = File.ReadAllBytes(path);

        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(
            path, [new SafetensorsEntry("x", SafetensorsType.F32, [2], s => s.Write(new byte[7]))]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(
            path, [SafetensorsEntry.Of("x", [1.0f]), SafetensorsEntry.Of("x", [2.0f])]));

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
    }

    private const string F32x2 = """{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""";

    /// <summary>Name, header text, bytes of data that follow, a word of the message.</summary>
    private static readonly object[][] Attacks =
    [
        ["no brace", "[]", 0, "does not start with '{'"],
        ["leading blank", " {}", 0, "does not start with '{'"],
        ["empty header", "", 0, "does not start with '{'"],
        ["unfinished", """{"a":""", 0, "not valid JSON"],
        ["text after", """{}{}""", 0, "JSON"],
        ["number as tensor", """{"a":1}""", 0, "tensor 'a'"],
        ["missing shape", """{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "tensor 'a' is not {"],
        ["unknown field", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}""", 8, "see $.x"],
        ["repeated field", """{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "Duplicate property 'dtype'"],
        ["duplicate tensor", $$$"""{"a":{{{F32x2}}},"a":{{{F32x2}}}}""", 8, "Duplicate property 'a'"],
        ["duplicate by escape", $$$"""{"a":{{{F32x2}}},"\u0061":{{{F32x2}}}}""", 8, "Duplicate property 'a'"],
        ["duplicate metadata", """{"__metadata__":{"k":"1","k":"2"}}""", 0, "Duplicate property 'k'"],
        ["metadata not text", """{"__metadata__":{"k":1}}""", 0, "metadata 'k'"],
        ["metadata nested", """{"__metadata__":{"k":{"l":"1"}}}""", 0, "metadata 'k'"],
        ["unknown type", """{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", 8, "'F31'"],
        ["type as number", """{"a":{"dtype":"1","shape":[2],"data_offsets":[0,8]}}""", 8, "type '1'"],
        ["type in small letters", """{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}""", 8, "'f32'"],
        ["negative size", """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "of 'a' hold a number below 0"],
        ["fractional size", """{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "see $.shape[0]"],
        ["huge size", """{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", 8, "see $.shape[0]"],
        ["overflowing shape", """{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", 8, "overflows"],
        ["overflow hidden by zero", """{"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}""", 0, "overflows"],
        ["begin after end", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "begin ≤ end"],
        ["three offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}""", 8, "begin ≤ end"],
        ["shape against offsets", """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "takes 12 bytes"],
        ["hole", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "hole"],
        ["overlap", $$$"""{"a":{{{F32x2}}},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "overlap"],
        ["same place twice", $$$"""{"a":{{{F32x2}}},"b":{{{F32x2}}}}""", 8, "overlap"],
        ["truncated data", $$$"""{"a":{{{F32x2}}}}""", 7, "its header states"],
        ["trailing data", $$$"""{"a":{{{F32x2}}}}""", 9, "its header states"],
        ["data without tensor", "{}", 1, "its header states"],
        ["offsets overflow", """{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", 8, "overflow"],
        ["deep nesting", "{\"a\":" + new string('[', 100_000), 0, "maximum configured depth"],
        ["comment", "{/* */}", 0, "not valid JSON"],
        ["trailing comma", """{"__metadata__":{},}""", 0, "not valid JSON"],
    ];

    private static IEnumerable<TestCaseData> NamedAttacks() =>
        Attacks.Select(a => new TestCaseData(a[1], a[2], a[3]).SetArgDisplayNames((string)a[0]));

    [TestCaseSource(nameof(NamedAttacks))]
    public void MalformedFilesAreRefused(string header, int data, string word)
    {
        using var folder = new TemporaryFolder();
        var path = folder["attack.safetensors"];
        File.WriteAllBytes(path, Build(Encoding.UTF8.GetBytes(header), data));
        Refused(() => SafetensorsFile.Open(path).Dispose(), word);
    }

    [Test]
    public void BrokenLengthsAreRefused()
    {
        using var folder = new TemporaryFolder();
        var path = folder["length.safetensors"];
        Refused(() => SafetensorsFile.Open(path), "no such file");
        Refused(() => SafetensorsFile.Open(folder.Path), "is a folder, where a file is needed");
        Write([.. "setup:\n  seed: 1\n"u8]);
        Refused(() => SafetensorsFile.Open(path), "is a text, not a safetensors file");
        Write([.. "PK\u0003\u0004\0\0\0\0"u8]);
        Refused(() => SafetensorsFile.Open(path), "is a zip file, as torch.save writes");
        Write(ShippedPolicies.FileOf("policy:mt10"));
        Refused(() => SafetensorsFile.Open(path), "is an ONNX file, as exported policies are");
        Write([]);
        Refused(() => SafetensorsFile.Open(path), "0 bytes");
        Write([1, 0, 0, 0, 0, 0, 0]);
        Refused(() => SafetensorsFile.Open(path), "7 bytes");
        Write([255, 255, 255, 255, 255, 255, 255, 255, 0x7B]);
        Refused(() => SafetensorsFile.Open(path), "18446744073709551615");
        Write([3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D]);
        Refused(() => SafetensorsFile.Open(path), "10 bytes, its header alone has 11");
        Write(Build([(byte)'{', (byte)'"', 0xFF, 0xFE, (byte)'"', (byte)':', (byte)'1', (byte)'}'], 0));
        Refused(() => SafetensorsFile.Open(path), "UTF-8");

        void Write(byte[] bytes) => File.WriteAllBytes(path, bytes);
    }

    private static byte[] Build(byte[] header, int data)
    {
        var file = new byte[8 + header.Length + data];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        return file;
    }

    private static void Refused(Action act, string word) =>
        Assert.That(Assert.Throws<SafetensorsException>(act)!.Message, Does.Contain(word));
}
