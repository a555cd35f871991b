"""The English words and phrases that tone.py knows, apostrophes as spaces; stems end in *.

Written by hand, as the French ones; no word of illness is among them.
"""

from __future__ import annotations

STRONG_GOOD = """
amazing awesome brilliant fabulous fantastic great love loved loving perfect perfectly proud superb thrilled wonderful
"""
GOOD = """
clear clearer clearly confident easier easy enjoy* excited fixed fun glad good grateful happy helped helpful improved
improving interesting like liked manageable motivated nice pleased progress* reassuring solved straightforward thank*
understand understood useful well working works
"""
BAD = """
afraid alone annoyed annoying anxious ashamed bad badly behind boring broken bug bugs complicated confus* crash*
difficult disappoint* error errors fail failed failing fails failure frustrat* hard harder impossible late lost missed
pointless poor problem problems ridiculous rubbish sad slow stress* struggl* stuck tired tough unable unclear unfair
unhappy unhelpful waste wasted worried worse wrong
"""
STRONG_BAD = """
awful despair desperate disgusted dreadful exhausted hated hopeless horrible miserable nightmare overwhelmed terrible
useless worst worthless
"""
NEGATORS = "not never none nothing without cannot nobody hardly barely isnt dont cant didnt doesnt wasnt"
CONTRACTED_NEGATIONS = "don doesn didn isn aren wasn won can couldn wouldn shouldn haven hasn weren"
STRENGTHENERS = "very really so totally completely too extremely absolutely quite"
TURNS = "but however though"

SPELLINGS = {
    "pls": "please", "plz": "please", "thx": "thanks", "tnx": "thanks", "ty": "thanks", "u": "you", "im": "i m",
    "ive": "i ve", "dont": "don t", "cant": "can t", "doesnt": "doesn t", "didnt": "didn t", "wont": "won t",
    "isnt": "isn t", "gonna": "going to", "wanna": "want to", "cannot": "can t", "idk": "i don t know",
}  # fmt: skip
_OPENER = r"(?:great|awesome|brilliant|perfect|wonderful|fantastic|lovely|nice|amazing)"
_COMPLAINT = (
    r"(?:another|crash\w*|broken|down again|not working|doesn t|won t|hours? (?:to|for|of)|again|lost|error"
    r"|for nothing"
    r"|no answer|nobody)"
)
IRONY = (
    rf"(?<=[.!?;] )(?:(?:oh|well|just|so) ){{0,2}}{_OPENER}(?: [,.!]){{1,4}}"
    rf"(?=(?: (?!fixed|solved|works|thanks (?!for nothing)|but|no )[\w,]+){{0,8}} {_COMPLAINT}\b)",
    rf"(?<=[.!?;] )(?:just |oh )?{_OPENER} (?=another (?:bug|crash|error|problem|failure))",
    r"(?:thanks|thank you) (?:for nothing|a lot for nothing)\b",
    rf"i (?:just )?love (?:it )?(?:when|how|losing|waiting)(?=(?: [\w,]+){{0,8}} {_COMPLAINT}\b)",
    r"i (?:just )?love (?:losing|waiting|wasting)\b",
)
IDIOMS = {
    "please": (r"thanks? (?:you )?for (?=(?:letting|helping us with|looking into|fixing|checking)\b)",),
    "merciavance": (r"(?:thanks|thank you|many thanks|thanking you) (?:very much |so much )?in advance\b",),
}
TURNS_OF_PHRASE = {
    "chose": (
        r"good (?:morning|evening|afternoon|night|day|luck)\b",
        r"(?:have a|a) (?:nice|good|great) (?:day|week|weekend|evening|one)\b",
        r"(?:would|d|feel|feels|look|looks|something|anything|just|more|is|what s it|seems) like\b",
        r"(?:as well|well ,|may as well|might as well)",
        r"(?:hard|solid state) (?:drive|disk|copy|coded)\b",
        r"(?:to|better) (?:understand|enjoy)\b",
        r"as soon as\b",
        r"late(?:r| submission)\b",
        r"no (?:worries|one)\b",
        r"not only\b",
        r"error (?:message|handling|code)\b",
        r"good (?:question|enough)\b",
        r"behind the\b",
    ),
    "bon": (
        r"not (?:too |so |that |at all )?(?:bad|hard|difficult)\b(?: at all)?",
        r"no (?:problems?|issues?|trouble|errors?|bugs?)\b",
        r"(?:problem|bug|issue|error) (?:is |was |has been )?(?:now )?(?:fixed|solved|resolved)\b",
        r"look\w* forward\b",
        r"makes sense now\b",
        r"(?:got|passed|landed|found) (?:a |my |the )?(?:\w+ ){0,2}(?:job|exam|test|quiz|module)\b",
        r"can t complain\b",
        r"thank god\b",
        r"almost (?:quit|gave up|dropped out)\b",
        r"(?:don t|never|not|won t) (?:give up|giving up|quit|regret)\b",
        r"can t wait\b",
        r"nothing (?:hard|difficult|complicated)\b",
    ),
    "excellent": (
        r"never (?:learn\w*|learnt) (?:so|this) much\b",
        r"learn\w* (?:so much|a lot)\b",
        r"(?:couldn t|could not) be (?:better|happier)\b",
        r"(?:more than|exceeded) my expectations\b",
        r"made my day\b",
        r"best (?:course|teacher|week|module|group|part)\b",
    ),
    "mauvais": (
        r"(?:gave|give|giving) up\b",
        r"(?:does|do|did|is|are|was|has)(?: not|n t| t)? (?:work|working|load|loading|open)\b(?<=not \w{4})",
        r"(?:doesn t|don t|didn t|won t|isn t|not) (?:work\w*|load\w*|open\w*|start\w*)\b",
        r"(?:(?:don t|do not|didn t) (?:get|see|follow)|no idea|no clue|nobody (?:answers|replies|helps|cares"
        r"|answered|replied)|no one (?:answers|replies|helps)|makes no sense|no answer|no reply)\b",
        r"could (?:be|have been) (?:better|clearer)\b",
        r"not (?:\w+ )?(?:great|good|clear|helpful|convinced|my thing|worth|acceptable)\b",
        r"(?:can t|cannot|couldn t) (?:do|follow|keep|take|cope|understand|stand)\b",
        r"fed up\b",
        r"sick of\b",
        r"too (?:fast|much|long|many)\b",
        r"(?:left me|going) nowhere\b",
        r"waste of time\b",
        r"no (?:motivation|energy|time|point|help)\b",
        r"(?:not|isn t|wasn t) (?:\w+ )?(?:for me|at ease)\b",
    ),
}

_COURSE = r"(?:the|this|my|that) (?:course|program|programme|training|class|bootcamp|apprenticeship)"
LEAVE = (
    r"(?:drop|dropping|dropped) out\b",
    r"(?:quit|quitting|leave|leaving|withdraw from|withdrawing from|stop|stopping|abandon"
    rf"|abandoning) {_COURSE}\b(?! (?:page|tab|video))",
    r"(?:want|going|thinking|think|thought|decided|plan|planning|ready|might|may|considering|tempted|about|rather"
    r"|have|had) "
    r"(?:(?:to|of|about|i will|i ll|just|have to|i should|i might|i may|i m going to) ?){0,3}"
    r"(?:quit|quitting|give up|giving up|leave|leaving|stop|stopping|withdraw)\b(?= $| ,| (?:because|since|now|here"
    r"|soon|it s|altogether|as|for good|everything)\b)",
    r"i(?: m)? (?:give up|quit|am done with this|done with this|quitting|giving up|giving it up)\b(?! (?:on|smoking"
    r"|the app|excel|vs|visual))",
    r"(?:not|can t|won t|cannot|no longer) (?:be able to |going to |be )?(?:continue|continuing|carry on|carrying on"
    r"|finish|go on)(?= $| ,| (?:the|this|with|my|like|any) )",
    r"(?:this|it) (?:is|s) my last (?:week|day|post)\b",
    r"(?:cancel|withdraw|end|terminate|cancelling) my (?:enrolment|enrollment|registration|place|participation)\b",
    r"(?:put|putting) (?:the|this|my) (?:course|training|studies) (?:on hold|aside)\b",
    r"(?:got|found|accepted|landed) (?:a |an )?(?:\w+ ){0,2}(?:job|position)\b(?: [\w,]+){0,5} (?:start|starting"
    r"|begin|beginning)\b",
    r"(?:isn t|is not|not) (?:really )?(?:made for me|for me)(?= $| ,)",
)
LEAVE_DENIED = (
    r"(?:not|never|don t|won t|didn t|can t|without|nobody|no one)(?: \w+){0,3} (?:give up|giving up|quit|quitting"
    r"|drop out|dropping out|leave|leaving|stop)\b",
    r"(?:he|she|they|you|who)(?: \w+){0,3} (?:gave up|give up|quit|dropped out|drop out|leave|leaving)\b",
)
LEAVE_CANCELLED = (
    r"but (?:i|i m|i ll|now i|now i m) ?(?:\w+ )?(?:keep|kept|staying|stay|stayed|carry on|carried on|continue"
    r"|going on|stick|hang in|hanging in)\b",
    r"(?:almost|nearly) (?:quit|gave up|dropped out|left)\b",
    r"(?:how to|how do (?:i|you)|cannot|can t) (?:quit|leave|exit) (?:the )?(?:vim|app|page|fullscreen|full screen"
    r"|room|terminal)\b",
)
DISTRESS = (
    r"(?:i am|i m|im|i feel|feeling|feel) (?:so |really |completely |totally |just |utterly |very |pretty |a bit "
    r"|always |more and more |still ){0,3}"
    r"(?:lost|overwhelmed|stupid|hopeless|exhausted|alone|useless|worthless|desperate|isolated|discouraged|drowning"
    r"|falling behind|ashamed|not good enough|dumb)\b",
    r"(?:can t|cannot|not) (?:cope|take it|keep up|do this|go on|catch up|handle (?:it|this))\b",
    r"(?:falling apart|burst into tears|cried|crying|in tears|breaking point|at the end of my rope"
    r"|had enough of it all|drowning in|lost all motivation)\b",
    r"(?:too hard|too difficult|too much) for me\b",
    r"(?:don t|do not) (?:understand|get) (?:anything|a thing)\b",
    r"(?:no idea|don t know) where to (?:start|begin)\b",
    r"(?:everyone|everybody) (?:\w+ ){0,4}(?:but|except) me\b",
    r"(?:divorce|my (?:\w+ )?(?:died|passed away)|evicted|lost my job|bereavement)\b",
    r"what s the point\b",
)
DISTRESS_DENIED = (r"not (?:\w+ )?(?:lost|overwhelmed|stupid|hopeless|alone|useless|exhausted|isolated|discouraged)\b",)
TROUBLE = (
    r"(?:does not|doesn t|won t|not|isn t|don t|stopped|didn t|never) (?:work|working|load|loading|loads|open"
    r"|opening|start|starting|play|respond|responding)\b",
    r"(?:can t|unable to|couldn t|could not|not able to|can not) (?:log|sign|connect|open|download|upload|access"
    r"|install|join|load|print|hear|submit)\b",
    r"(?:crash|crashes|crashed|crashing|error message|broken link|dead link|white screen|black screen|blank page"
    r"|keeps freezing|freezes|froze|error \d+)\b",
    r"(?:forgot|lost|reset) my password\b",
    r"(?:site|platform|server|wifi|internet|connection|laptop|computer|video|sound|mic|link|page"
    r"|app)(?: \w+){0,3} (?:down|broken|dead|frozen|unavailable|too slow|not found|buggy)\b",
    r"(?:no|bad|poor) (?:sound|audio|connection|signal)\b",
    r"(?:another|a|this) bug\b",
    r"(?:keeps?|kept) (?:crashing|disconnecting|logging me out|kicking me out|buffering)\b",
)
_MINE = r"(?:my|this|the) (?:code|loop|function|query|script|program|formula|css|exercise|solution)"
TROUBLE_DENIED = (
    rf"{_MINE} (?:\w+ )?(?:does not|doesn t|won t|isn t|not|crashes|crashed) ?(?:work|working|run|running)?\b",
    r"(?:fixed|solved|found) (?:\w+ ){0,2}(?:bug|error|problem)\b",
    r"no (?:bugs?|errors?)\b",
)
TROUBLE_CANCELLED = (r"(?:works now|working (?:now|again)|works again|(?:is|s|been) (?:fixed|solved|resolved))\b",)
THANKS = (r"(?:thanks|thank you|cheers|much appreciated|grateful)\b",)
POLITE = (
    r"(?:hello|hi|hey|dear|please|regards|sincerely|greetings|pardon)\b",
    r"(?:good (?:morning|evening|afternoon|luck)|have a (?:nice|good|great)|excuse me|sorry (?:to|for)|(?:could"
    r"|would) you|kind regards|best wishes|all the best|welcome to)\b",
)
_HELLO = (
    r"(?:(?:hello|hi|hey|dear)(?: (?:all|everyone|everybody|there|guys|folks|\w+))? )?"
    r"(?:(?:so|and|but|ok|please|sorry|quick question|just) ){0,2}"
)
ASKS_FIRST = (
    rf"{_HELLO}(?:how (?!ever)|why|where|what (?!a )|which|who (?:can|is|has|knows)|when (?:is|are|do|does|will|can"
    r"|should)|can (?:i|you|we|someone|anyone|anybody)|could (?:i|we|you|someone|anyone)"
    r"|does (?:anyone|anybody|it|the|this)|do (?:we|you|i)|did (?:anyone|you)|has anyone|is (?:there|it|this|the"
    r"|anyone)|are (?:there|we|you)|should (?:i|we)|any (?:idea|ideas|advice|tips|chance)|will (?:there|we|the)"
    r"|would (?:it|you)|may i)(?:\b|(?<= ))",
)
ASKS = (
    r"(?:i wonder (?:if|how|what|when|where|why|whether)|i was wondering|wondering (?:if|how|whether)"
    r"|i have a question|quick question|would like to know|i d like to know|does anyone|can anyone|can someone"
    r"|could someone|could anyone|has anyone)\b",
    r"(?:let me know|tell me) (?:if|how|what|when|where|whether)\b(?= .{0,200}\b(?:please|merciavance) )",
)
ASKS_LAST = (
    r"(?<! see )(?<! know )(?<! understand )(?<! s )(?<! is )(?<! explain )(?<! no idea )(?<! sure )(?:what|how|why"
    r"|where) (?:please )?$",
)
NOT_ASKING = (
    r"(?:are you kidding|is this a joke|you know what|guess what|how about that|who knew|why not|what else)\b",
)
GIVING_UP = (r"(?:give|giving|gave) (?:it )?up\b",)
BARE_THANKS = (r"(?:many )?(?:thanks|thank you)(?: (?:a lot|very much|so much|all|everyone|guys))* $",)
