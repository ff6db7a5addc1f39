namespace MtrlFunctional.Surgery

open System
open MtrlFunctional.Experiments

/// A method of gradient surgery or loss weighting with its choices made: what an agent follows. All functions are pure.
[<ReferenceEquality>]
type Surgery = {
    /// The state before the first update, from the number of tasks. Checkpoints store it.
    Start: int -> SurgeryState
    /// The answer to the problem of one update, and the next state.
    Solve: Problem -> SurgeryState -> Answer
    /// The state after the losses behind a step of soft actor-critic's critics, on the same batch with the same targets, [tasks],
    /// which are finite; None: the method does not learn from them. Other updates have no such losses.
    Observe: (float[] -> SurgeryState -> SurgeryState) option
    /// Whether the coefficients depend on losses alone, so that one gradient of the weighted loss suffices and no gradients
    /// per task are needed.
    WeighsLosses: bool
    /// The method used instead for losses that may be negative, such as actors' losses, whose logarithms and ratios are
    /// undefined. None: the method itself.
    OfSignedLosses: Surgery option
    /// Whether `Problem.Lengths` are of gradients on the last layers that tasks share; else of whole gradients.
    BalancesLastLayers: bool
    /// Whether the original program has it as a wrapper of the optimiser: it then also combines the gradients of
    /// temperatures, and what it makes of a loss is written over what it made of the one before.
    WrapsOptimiser: bool
    /// The method with recorded orders of the tasks in the place of drawn ones: for each task the others. None: it takes
    /// none.
    InOrder: (int[][] -> Surgery) option
} with

    /// A method of coefficients that depend on gradients, without a state at the start.
    static member internal Of(solve: Problem -> SurgeryState -> Solution) : Surgery = {
        Start = fun _ -> SurgeryState.empty
        Solve = fun problem state -> Combination(solve problem state)
        Observe = None
        WeighsLosses = false
        OfSignedLosses = None
        BalancesLastLayers = false
        WrapsOptimiser = false
        InOrder = None
    }

    /// A method of coefficients that depend on losses, which are not negative: others have the mean in its place.
    static member internal Weighing(start, solve: Problem -> SurgeryState -> Solution) : Surgery = {
        Surgery.Of solve with
            Start = start
            WeighsLosses = true
            OfSignedLosses = Some(Surgery.Plain Reduction.Mean)
    }

    /// The sum or mean of the gradients: no surgery.
    static member internal Plain(reduction: Reduction) : Surgery = {
        Surgery.Of(fun problem state ->
            Solution.create (Solution.reductionWeights reduction problem.Gram.Size) state) with
            WeighsLosses = true
    }

/// A method with a value of each of its keys. Two are equal where names and values are.
[<CustomEquality; NoComparison>]
type MethodChoice = internal {
    /// The word of the method.
    Name: string
    /// Every key of the method with its value.
    Values: (string * Value) list
    /// The method for a run with these switches and tasks of these names; None: the configuration is read without the program
    /// that has the method.
    Surgery: (Behaviour -> string list -> Surgery) option
    /// What is wrong with the values for tasks of these names.
    Mistakes: string list -> Conflict list
    /// Keys that do nothing with the other values, and what they need: completes "has no effect without …".
    Idle: (string * string) list
} with

    /// Values that are right with each other, and all have an effect.
    static member internal Of(name, values, surgery) = {
        Name = name
        Values = values
        Surgery = Some(fun _ _ -> surgery)
        Mistakes = fun _ -> []
        Idle = []
    }

    override this.Equals other =
        match other with
        | :? MethodChoice as other -> this.Name = other.Name && this.Values = other.Values
        | _ -> false

    override this.GetHashCode() = hash (this.Name, this.Values)

/// A method of gradient surgery or loss weighting: `agent.surgery.method=NAME`.
type Method = {
    /// The word.
    Name: string
    /// The method in a few words.
    Description: string
    /// The method with its usual choices.
    Usual: Surgery
    /// `agent.surgery.NAME.*`, and what their values choose.
    Keys: Schema<MethodChoice>
} with

    /// A method without keys.
    static member Of(name: string, description: string, surgery: Surgery) : Method = {
        Name = name
        Description = description
        Usual = surgery
        Keys = {
            Keys = []
            Read = fun _ -> Ok(MethodChoice.Of(name, [], surgery))
            Write = fun _ -> []
        }
    }

    /// A method without state: from a problem to the coefficients of its tasks.
    static member Create(name: string, solve: Func<Problem, float[]>) : Method =
        let surgery =
            Surgery.Of(fun problem state -> Solution.create (solve.Invoke problem) state)

        Method.Of(name, "of this program", surgery)

    /// As `Create`, of coefficients that depend on losses alone, [tasks] each.
    static member OfLosses(name: string, weigh: Func<float[], float[]>) : Method =
        let surgery =
            Surgery.Of(fun problem state -> Solution.create (weigh.Invoke problem.Losses) state)

        Method.Of(name, "of this program", { surgery with WeighsLosses = true })

/// Methods with keys.
module internal Method =
    /// The method with keys; `choice` says what their values choose, from a choice of what is usual.
    let withValues
        (schema: Schema<'values>)
        (choice: 'values -> MethodChoice -> MethodChoice)
        (method': Method)
        : Method =
        let chosen values =
            MethodChoice.Of(method'.Name, schema.Write values, method'.Usual)
            |> choice values

        {
            method' with
                Keys = {
                    Keys = schema.Keys
                    Read = schema.Read >> Result.map chosen
                    Write = _.Values
                }
        }

    /// A method whose keys are its configuration; `usual` are its usual choices.
    let withKeys name description usual schema (surgery: 'config -> Surgery) =
        Method.Of(name, description, surgery usual)
        |> withValues schema (fun config choice -> {
            choice with
                Surgery = Some(fun _ _ -> surgery config)
        })
