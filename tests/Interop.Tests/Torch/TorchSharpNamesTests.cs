using System.Reflection;
using System.Reflection.Emit;
using MtrlFunctional.Tensors;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Torch;

/// <summary>TORCHSHARP_NAMES.md lists exactly the TorchSharp names used.</summary>
[TestFixture]
public sealed class TorchSharpNamesTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    [Test]
    public void TheListIsWhatTheBoundaryUses()
    {
        var listed = File.ReadLines(ListPath())
            .Where(line => line.StartsWith("- `"))
            .SelectMany(line => line.Split('`').Where((_, i) => i % 2 == 1))
            .ToList();
        var used = typeof(Ops).Assembly.GetTypes()
            .Where(type => type.Namespace == "MtrlFunctional.Tensors")
            .SelectMany(type => type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
            .SelectMany(Members)
            .Where(member => member.DeclaringType?.Namespace == "TorchSharp" && IsPublic(member))
            .Select(Name)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();

        Assert.That(string.Join('\n', used.Except(listed)), Is.Empty, "used, but not listed");
        Assert.That(string.Join('\n', listed.Except(used)), Is.Empty, "listed, but not used");
        Assert.That(listed, Is.Unique);
    }

    private static string ListPath() => Path.Combine(
        TestContext.CurrentContext.TestDirectory, "..", "..", "..", "..", "..", "src", "Interop.Torch", "TORCHSHARP_NAMES.md");

    /// <summary>The methods and fields that the instructions of a method name.</summary>
    private static IEnumerable<MemberInfo> Members(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var i = 0; i < code.Length;)
        {
            short value = code[i++];
            if (value == 0xFE)
                value = (short)(0xFE00 | code[i++]);
            var operand = s_codes[value].OperandType;
            if (operand is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok)
            {
                var token = BitConverter.ToInt32(code, i);
                yield return method.Module.ResolveMember(
                    token,
                    method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null,
                    method.IsGenericMethod ? method.GetGenericArguments() : null)!;
            }

            i += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, i),
                _ => 4,
            };
        }
    }

    private static bool IsPublic(MemberInfo member) =>
        member.DeclaringType!.IsVisible && member switch
        {
            MethodBase method => method.IsPublic,
            FieldInfo field => field.IsPublic,
            _ => false,
        };

    /// <summary>torch.Tensor.add, torch.Tensor.shape (a property), torch.Generator (its constructor).</summary>
    private static string Name(MemberInfo member)
    {
        var type = member.DeclaringType!.FullName!["TorchSharp.".Length..].Replace('+', '.');
        if (member is ConstructorInfo)
            return type;
        var name = member.Name;
        foreach (var prefix in new[] { "get_", "set_" })
            if (member is MethodBase { IsSpecialName: true } && name.StartsWith(prefix))
                name = name[prefix.Length..];
        return $"{type}.{name}";
    }
}
