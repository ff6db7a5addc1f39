/// The public surface of an assembly as text: one block a type, one line a member, sorted.
///
/// Reading order: typeName → member lines by kind of type → ofAssembly.
module MtrlFunctional.Cli.Tests.Api.Surface

open System
open System.Reflection
open System.Runtime.CompilerServices
open Microsoft.FSharp.Reflection
open MtrlFunctional.Tests

let private aliases =
    dict [
        typeof<float>, "float"
        typeof<float32>, "float32"
        typeof<int>, "int"
        typeof<int64>, "int64"
        typeof<uint64>, "uint64"
        typeof<bool>, "bool"
        typeof<string>, "string"
        typeof<unit>, "unit"
        typeof<Void>, "unit"
        typeof<obj>, "obj"
    ]

let rec private typeName (t: Type) : string =
    let arguments () =
        t.GetGenericArguments() |> Array.map typeName |> String.concat ", "

    match aliases.TryGetValue t with
    | true, alias -> alias
    | _ when t.IsByRef || t.IsPointer ->
        let mark = if t.IsPointer then "*" else "&"
        typeName (t.GetElementType() |> nonNull) + mark
    | _ when t.IsArray -> typeName (t.GetElementType() |> nonNull) + "[]"
    | _ when t.IsGenericParameter -> "'" + t.Name
    | _ when FSharpType.IsFunction t ->
        let domain, range = FSharpType.GetFunctionElements t
        $"({typeName domain} -> {typeName range})"
    | _ when FSharpType.IsTuple t ->
        let parts = FSharpType.GetTupleElements t |> Array.map typeName
        let inner = String.concat " * " parts
        $"({inner})"
    | _ when t.IsGenericType -> $"{(t.Name.Split '`')[0]}<{arguments ()}>"
    | _ -> t.Name

let private isGenerated (m: MemberInfo) =
    m.IsDefined(typeof<CompilerGeneratedAttribute>, false)
    || m.IsDefined(typeof<Diagnostics.DebuggerNonUserCodeAttribute>, false)
    || m.Name.StartsWith '<'

let private flags =
    BindingFlags.Public
    ||| BindingFlags.Instance
    ||| BindingFlags.Static
    ||| BindingFlags.DeclaredOnly

/// What every type has.
let private inherited =
    set (Words.split "Equals GetHashCode ToString CompareTo GetType Deconstruct PrintMembers")

let private parameters (m: MethodBase) =
    m.GetParameters()
    |> Array.map (fun p -> typeName p.ParameterType)
    |> List.ofArray

let private methods (t: Type) = [
    for m in t.GetMethods flags do
        if
            not (
                isGenerated m
                || inherited.Contains m.Name
                || (m.IsSpecialName && not (m.Name.StartsWith "op_"))
            )
        then
            m
]

/// F# functions in curried form, all else as a call.
let private functions (t: Type) = [
    for m in methods t do
        let arguments =
            if m.GetParameters().Length = 0 then
                [ "unit" ]
            else
                parameters m

        let arrow = String.concat " -> " (arguments @ [ typeName m.ReturnType ])
        $"{m.Name} : {arrow}"
]

let private calls (t: Type) = [
    for m in methods t do
        let inner = String.concat ", " (parameters m)
        let fixedTo = if m.IsStatic then "static " else ""
        $"{fixedTo}{m.Name}({inner}) : {typeName m.ReturnType}"
]

let private properties (t: Type) = [
    for p in t.GetProperties flags do
        if not (isGenerated p) && p.Name <> "EqualityContract" then
            let settable =
                if p.CanWrite && p.SetMethod |> nonNull |> _.IsPublic then
                    " with set"
                else
                    ""

            $"{p.Name} : {typeName p.PropertyType}{settable}"
]

let private constructors (t: Type) = [
    for c in t.GetConstructors flags do
        let inner = String.concat ", " (parameters c)
        $"new({inner})"
]

let private fields (t: Type) = [
    for f in t.GetFields flags do
        if not f.IsSpecialName then
            $"{f.Name} : {typeName f.FieldType}"
]

let private isModule (t: Type) =
    t.IsAbstract && t.IsSealed && FSharpType.IsModule t

let private cases (t: Type) = [
    for case in FSharpType.GetUnionCases t do
        let inner = case.GetFields() |> Array.map (fun f -> typeName f.PropertyType)

        if inner.Length = 0 then
            $"| {case.Name}"
        else
            $"""| {case.Name} of {String.concat " * " inner}"""
]

let private members (t: Type) =
    if t.IsEnum then
        "enum", [ for name in Enum.GetNames t -> name ]
    elif isModule t then
        "module", functions t @ properties t @ fields t
    elif FSharpType.IsUnion t then
        "union", cases t @ calls t
    elif FSharpType.IsRecord t then
        let declared = [
            for f in FSharpType.GetRecordFields t -> $"{f.Name} : {typeName f.PropertyType}"
        ]

        "record", declared @ calls t
    elif t.IsInterface then
        "interface", calls t @ properties t
    else
        let kind = if t.IsValueType then "struct" else "class"
        kind, constructors t @ calls t @ properties t @ fields t

/// Cases of unions are types of their own in IL, but part of the union for readers.
let private isPartOfUnion (t: Type) =
    match t.DeclaringType with
    | null -> false
    | parent -> FSharpType.IsUnion parent

let private fullName (t: Type) =
    string t.FullName |> fun name -> name.Replace('+', '.')

/// The surface; equal surfaces give equal texts.
let ofAssembly (assembly: Assembly) =
    [
        for t in
            assembly.GetExportedTypes()
            |> Array.sortWith (fun a b -> String.CompareOrdinal(fullName a, fullName b)) do
            if not (isPartOfUnion t || isGenerated t) then
                let kind, lines = members t
                $"{kind} {fullName t}"

                for line in
                    List.distinct lines |> List.sortWith (fun a b -> String.CompareOrdinal(a, b)) do
                    $"  {line}"
    ]
    |> String.concat "\n"
    |> fun text -> text + "\n"
