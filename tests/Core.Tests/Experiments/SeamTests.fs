module MtrlFunctional.Tests.Experiments.SeamTests

open Expecto
open Expecto.Flip
open System
open System.IO
open System.Reflection
open System.Runtime.CompilerServices
open MtrlFunctional.Experiments
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

let private at folder files =
    List.map (fun name -> $"Core/Experiments/{folder}/{name}.fs") files

/// Files of a folder with a name in what `textOf` them is, whatever its case.
let private containing (name: string) textOf folder = [
    for path in SourceNames.filesIn folder do
        if (textOf path: string).Contains(name, StringComparison.OrdinalIgnoreCase) then
            SourceNames.nameOf path
]

/// A model of tasks costs its own file and a line of the list.
let ``a model of tasks`` = [
    let list = at "Keys/Networks/Models" [ "TaskModels" ]
    let keys = at "Keys/Networks" [ "MultitaskKeys" ]

    testTheory
        "is named by the list, and by what it is the default of"
        [
            // Agents without tasks to distinguish have it, too.
            "FlagsModel", list @ keys @ at "Catalogue" [ "OnPolicySetup" ]

            for name in Words.split "Heads Paco Moore Hypernetwork Separate" do
                $"{name}Model", list
        ]
        (fun (name, expected) -> SourceNames.naming name |> isPermutationOf expected)

    testCase "has a word and keys that no other has" (fun () ->
        TaskModels.all |> List.map _.Name |> isDistinct

        TaskModels.all
        |> List.collect _.Keys
        |> List.collect _.Keys
        |> List.map _.Path
        |> isDistinct)
]

/// A family of environments costs its own folder and a line of the list; keys of its own are parts of `EnvironmentKeys`, and fields
/// of an experiment.
let ``a family of environments`` = [
    let families = "Core/Experiments/Families/"
    let list = [ $"{families}EnvWords.fs" ]
    let keys = at "Keys/Environments" [ "Environment" ]

    /// Files outside of the folder that name a module in it; the types of its keys are those of an experiment.
    let naming folder =
        [
            for path in SourceNames.filesIn $"{families}{folder}" do
                if not (path.EndsWith "Keys.fs") then
                    yield! SourceNames.naming (string (Path.GetFileNameWithoutExtension path))
        ]
        |> List.distinct
        |> List.filter (fun file -> not (file.StartsWith $"{families}{folder}/"))

    testTheory
        "is named by the list, and by families that have its tasks or its length"
        [
            // Chosen where no word is; words that select experts are those of MT10 or MT50.
            "MetaWorld",
            list
            @ at "Catalogue" [ "ExpertWords" ]
            @ at "Schema" [ "Choices" ]
            @ at "Families/Mixed" [ "MixedTasks" ]
            @ at "Families/Own" [ "OwnWords" ]
            // Evaluations of variants have modes.
            "DmControl",
            list
            @ keys
            @ at "Families/Mixed" [ "MixedTasks" ]
            @ at "Keys" [ "NetworkTasks" ]
            @ at "Composition" [ "Resolved" ]
            "Classic",
            list @ keys @ at "Families/Mixed" [ "MixedWords"; "MixedTasks"; "MixedRules" ]
            "Mixed", list @ [ "Interop.CSharp/Training/Loop/ExperimentEnvironments.cs" ]
            // The words of a program, and of one that is not given.
            "Own",
            "Interop.CSharp/Training/Extensions/OwnEnvironments.cs"
            :: at "Composition" [ "Table" ]
        ]
        (fun (folder, expected) -> naming folder |> isPermutationOf expected)

    let words = [ for env in EnvChoice.all -> env.Name, env ]

    testNamed "has the tasks and the spec of each of its words" words (fun env ->
        let e =
            resolve [
                $"env={env.Name}"
                if env.Tasks = Some [] && not env.Family.HasVariants then
                    "env.tasks=[reach,dmc-walker-walk,mt-bandit]"
            ]

        let keys = e.Environment
        env.Family.WrongTasks keys.NumEnvs keys.Tasks |> equals None
        let spec = env.Family.Spec keys.Classic keys.DmControl keys.Horizon keys.Tasks
        isTrue spec.IsSome
        spec.Value.Horizon |> equals keys.Horizon)
]

/// An algorithm of the library costs its own folders, an entry and a line of the list.
let ``an algorithm of the library`` = [
    let list = at "Catalogue" [ "Catalogue" ]

    testTheory
        "is named by the list alone, and by an algorithm that is built on it"
        [
            for name in Words.split "Sac SacAe DeepMdp HipBmdp Distral Ppo Impala Rl2 Maml" do
                $"{name}Entry", list

            "TrpoEntry", list @ at "Algorithms" [ "MamlEntry" ]
            "DistralAlgorithm", at "Algorithms" [ "DistralEntry" ]
            "MamlAlgorithm", at "Algorithms" [ "MamlEntry" ]
        ]
        (fun (name, expected) -> SourceNames.naming name |> isPermutationOf expected)

    testEach
        "with keys, checks and agents of its own is named nowhere else among experiments"
        [ "Distral"; "Maml" ]
        (fun name ->
            containing name SourceNames.codeOf "Core/Experiments"
            |> isPermutationOf (list @ at "Algorithms" [ $"{name}Entry" ]))
]

/// Paths are texts, which the compiler does not check.
let ``keys that entries name`` = [
    let isPlace path =
        (Table.tryKey path Table.standard).IsSome
        || not (Table.below path Table.standard).IsEmpty

    let accepts path choices value =
        match value, Table.tryKey path Table.standard with
        | Value.Text reference, Some _ when reference.StartsWith "${" -> true
        | _, Some key -> key.Accepts value
        | _, None -> failtest $"{path}: no key"
        |> Expect.isTrue $"{path}={ValueText.print value} with {choices}"

    testNamed
        "of an algorithm are in the table, and its defaults are accepted"
        [
            for entry in Catalogue.standard -> entry.Algorithm.Words.Head.Name, entry.Algorithm
        ]
        (fun algorithm ->
            for place, instead in algorithm.Unread do
                isPlace place |> Expect.isTrue place
                (instead = "" || isPlace instead) |> Expect.isTrue instead

            for word in algorithm.Words do
                for _, fidelity in Choices.fidelities do
                    for path, value in algorithm.Defaults do
                        { Choices.standard with Agent = word; Fidelity = fidelity }
                        |> value
                        |> Option.iter (accepts path word.Name)

                word.Family.Context
                |> Option.forall (fun served ->
                    List.exists (fst >> (=) served) ContextKeys.ofMethods)
                |> isTrue)

    testNamed
        "of a family are in the table, and its defaults are accepted"
        [
            for rules in FamilyRules.all -> rules.Words.Head.Name, rules.Words.Head.Family
        ]
        (fun family ->
            for path in
                family.Accepts
                @ family.Compared
                @ List.collect
                    (fun (key, instead) -> key :: List.filter ((<>) "") [ instead ])
                    family.Unused do
                isPlace path |> Expect.isTrue path

            for path, value in family.Defaults do
                accepts path family.Name value)

    testEach
        "of classic families and of DeepMind Control are all that their schemas have"
        [
            ClassicKeys.all, ClassicSchema.schema.Keys
            DmControlKeys.ofVariants, DmControlSchema.schema.Keys
        ]
        (fun (named, keys) ->
            keys
            |> List.filter (fun key -> key.Effect = Effect.Used)
            |> List.map _.Path
            |> isPermutationOf named)
]

/// An algorithm of an extension costs its own project and a line of the program's list.
let ``an algorithm of an extension`` = [
    testCase "is named by that list alone, in no form" (fun () ->
        [ "Core"; "Interop.CSharp"; "Kernels"; "Policies"; "Cli"; "Verification" ]
        |> List.collect (containing "cadm" File.ReadAllText)
        |> equals [ "Cli/With/Given.fs" ])

    testEach
        "sees no internal member of the library"
        [
            "MtrlFunctional.Core"
            "MtrlFunctional"
            "MtrlFunctional.Kernels"
            "MtrlFunctional.Policies"
        ]
        (fun library ->
            let friends =
                Assembly
                    .Load(AssemblyName library)
                    .GetCustomAttributes<InternalsVisibleToAttribute>()
                |> Seq.map _.AssemblyName
                |> Seq.toList

            for extension in [ "MtrlFunctional.Cadm"; "Td3" ] do
                List.contains extension friends |> isFalse)
]
