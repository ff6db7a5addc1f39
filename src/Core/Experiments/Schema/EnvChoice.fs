namespace MtrlFunctional.Experiments

open MtrlFunctional
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.Classic
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tasks.MetaWorld

/// The family of environments: their physics, spaces and keys.
[<RequireQualifiedAccess>]
type EnvFamily =
    | MetaWorld
    /// Tasks of DeepMind Control.
    | DmControl
    /// Variants of one task of DeepMind Control.
    | Variants of domain: string * task: string * parameter: string
    /// A classic family of MTEnv.
    | Classic of family: ClassicName
    /// Tasks of several families in one policy.
    | Mixed
    /// Of an extension, with the sizes of all its environments; none where it is not given.
    | Own of EnvironmentSpec option

/// A word of `env=`: the environments of a run, and the defaults of their keys.
type EnvChoice = {
    /// The word.
    Name: string
    /// What they are, for lists.
    About: string
    Family: EnvFamily
    /// Tasks to train on; none where `env.benchmark.env_name` names the only one.
    Tasks: string list option
    /// Tasks that are kept for the test; none: those of training.
    TestTasks: string list option
    /// Their number.
    Count: int
    /// Actions of an episode.
    Horizon: int
    /// Meta-learning: goals are hidden, and tasks or goals are kept for the test.
    IsMetaLearning: bool
    /// Whether images are observed.
    IsPixels: bool
} with

    /// Tasks of DeepMind Control, or variants of one.
    member env.IsDmControl = env.Family.IsDmControl || env.Family.IsVariants

/// The words of `env=`.
module EnvChoice =
    /// Actions of an episode of Meta-World in training. Source: mtrl.
    let private horizon = 150

    /// Environments of these tasks, which are also tested.
    let private create name about family horizon (tasks: string list) = {
        Name = name
        About = about
        Family = family
        Tasks = Some tasks
        TestTasks = None
        Count = tasks.Length
        Horizon = horizon
        IsMetaLearning = false
        IsPixels = false
    }

    let private metaWorld word about tasks =
        let name = $"metaworld-{word}"

        match tasks with
        | Some tasks -> create name about EnvFamily.MetaWorld horizon tasks
        | None -> {
            create name about EnvFamily.MetaWorld horizon [] with
                Tasks = None
                Count = 1
          }

    let private metaLearning word about tasks testTasks = {
        metaWorld word about tasks with
            TestTasks = testTasks
            IsMetaLearning = true
    }

    let private metaLearningOf word number =
        let name = (word: string).ToUpperInvariant()

        metaLearning
            word
            $"{number} Meta-World tasks, goals hidden; five others to test"
            (Some(TaskNames.train name))
            (Some(TaskNames.test name))

    /// MT10.
    let mt10 = metaWorld "mt10" "ten Meta-World tasks" (Some TaskNames.mt10)

    /// MT50.
    let mt50 = metaWorld "mt50" "all Meta-World tasks" (Some TaskNames.mt50)

    let private ofMetaWorld = [
        metaWorld "mt1" "one Meta-World task, env.benchmark.env_name" None
        mt10
        metaWorld "mt25" "twenty-five Meta-World tasks" (Some(TaskNames.train "MT25"))
        mt50
        metaLearning "ml1" "one Meta-World task, goal hidden; other goals to test" None None
        metaLearningOf "ml10" "ten"
        metaLearningOf "ml25" "twenty-five"
        metaLearningOf "ml45" "forty-five"
    ]

    let private ofDmControl name about tasks =
        create name about EnvFamily.DmControl DmControlTask.horizon tasks

    /// A task of DeepMind Control.
    [<CompiledName("DmControl")>]
    let dmControl task =
        ofDmControl $"dmc-{task}" $"{task} of DeepMind Control, from states" [ task ]

    let private variants (variation: Variation, task: DmControlTask) = {
        ofDmControl $"dmc-{DmControlTask.fullName task}-vary-{variation.Family}" "" [] with
            About =
                $"variants of {variation.Domain}-{task.Name} by {variation.Family}, trained and evaluated on sets of them"
            Family = EnvFamily.Variants(variation.Domain, task.Name, variation.Family)
            Count = Variation.count
            Horizon = DmControlTask.actions 2
    }

    /// mtrl's word: ten variants of finger-spin, from pixels unless from_pixels=False.
    let private fingerSpin = {
        variants (
            DmControlTasks.families
            |> List.find (fun (variation, task) ->
                variation.Domain = "finger" && task.Name = "spin" && variation.Family = "size")
        ) with
            Name = "dmcontrol-finger-spin-distribution-v0"
            About = "as dmc-finger-spin-vary-size, by default from pixels"
            IsPixels = true
    }

    /// A classic family of MTEnv.
    [<CompiledName("Classic")>]
    let classic family =
        let name = Classic.names |> List.find (snd >> (=) family) |> fst

        create
            $"mt-{name}"
            (Classic.describe family)
            (EnvFamily.Classic family)
            (Classic.horizon family)
            (Classic.taskNames family 1)

    /// Whole episodes of both: Meta-World's, and 1,000 control steps with two for each action.
    let private mixed name about (tasks: string list) = {
        create name about EnvFamily.Mixed MetaWorldSpaces.horizon tasks with
            Count = max 1 tasks.Length
    }

    /// Every word of the library, in the order of lists.
    [<CompiledName("All")>]
    let all = [
        yield! ofMetaWorld
        fingerSpin

        for name in TaskNames.dmControl do
            dmControl name

        ofDmControl
            "dmc-19"
            "tasks of DeepMind Control, from states; the largest action and observation"
            TaskNames.dmControl

        yield! List.map variants DmControlTasks.families

        for _, family in Classic.names do
            classic family

        mixed "mixed" "tasks of Meta-World and DeepMind Control in one policy, env.tasks" []

        mixed
            "mixed-mt10-dmc5"
            "MT10 and five tasks of DeepMind Control in one policy"
            TaskNames.mt10Dmc5
    ]

    let private ofExtension word spec horizon tasks =
        create word $"the extension {word}" (EnvFamily.Own spec) horizon tasks

    /// Environments of an extension, with names of their tasks in the order of their indices: `env=own/NAME`.
    [<CompiledName("Own")>]
    let own name tasks spec =
        ofExtension (Own.word name) (Some spec) spec.Horizon tasks

    /// Environments of an extension that is not given, of which nothing but the word is known.
    let internal notGiven word = ofExtension word None horizon []
