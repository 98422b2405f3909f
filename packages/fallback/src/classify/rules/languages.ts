import type { Rule, RuleFamily } from "../rule.ts";
import type { ErrorReason } from "../types.ts";

// What providers and proxies say in Chinese, Japanese, Korean, German, French, Spanish, Portuguese and Russian. In the
// order in which they are looked at: what is said of money or of load is never meant of a rate.
const WORDS: readonly (readonly [ErrorReason, readonly string[]])[] = [
  [
    "overloaded",
    [
      "过载|过于繁忙|(?:服务|系统|模型|引擎|服务器|当前|资源|请求).{0,6}繁忙|负载(?:已|过|较)|访问量(?:过大|较大)|高负载|容量不足|算力(?:不足|紧张)|超负荷",
      "過負荷|混雑|混み合|高負荷|過負載|アクセスが集中|容量(?:が)?不足",
      "과부하|혼잡|용량이? ?부족|접속자가 많",
      "überlastet|ausgelastet|hohe (?:last|auslastung|nachfrage)|zu viele nutzer",
      "surchargé|saturé|forte (?:demande|charge)|trop sollicité",
      "sobrecargad|saturad[oa]|alta demanda|mucha demanda|demanda elevada|capacidad (?:insuficiente|agotada)|sem capacidade|capacidade (?:insuficiente|esgotada)",
      "перегруж|высок(?:ая|ой) нагрузк|слишком загружен",
    ],
  ],
  [
    "billing",
    [
      "余额(?:不足|已用完|为零|为0)|欠费|充值|账户余额|额度(?:不足|已用[尽完]|已耗尽|耗尽)|积分不足|套餐(?:已)?(?:到期|过期|不支持|不包含)|付费|未支付|请?续费|资金不足|點數不足|餘額不足|欠費",
      "残高(?:が)?(?:不足|足り)|クレジット(?:が|の)?.{0,4}(?:不足|切れ|なくな)|お?支払い|料金が未払|課金|チャージ",
      "잔액(?:이|은)? ?부족|크레딧(?:이|을)? ?(?:부족|모두|소진)|결제|충전|요금(?:이)? ?미납",
      "guthaben (?:\\S+ )?(?:reicht|nicht|aufgebraucht|erschöpft|zu niedrig)|kein guthaben|nicht genügend guthaben|zahlung (?:erforderlich|fehlgeschlagen)|rechnung|aufladen|abonnement (?:\\S+ )?abgelaufen",
      "crédits? (?:insuffisants?|épuisés?)|solde (?:\\S+ )?(?:insuffisant|épuisé|négatif)|paiement (?:requis|refusé)|facturation|recharger|abonnement (?:a )?expiré|plus de crédits?",
      "saldo (?:\\S+ ){0,2}(?:insuficiente|agotado|esgotado)|créditos? (?:insuficientes?|agotados?|esgotados?)|sin (?:saldo|créditos?|fondos)|sem (?:saldo|créditos?)|fondos insuficientes|pago (?:requerido|rechazado|pendiente)|pagamento|facturación|recarg(?:ar|ue)|saldo insuficiente",
      "недостаточно (?:средств|кредитов|баланс)|баланс(?:е|а)? .{0,20}(?:недостаточ|исчерпан|отрицател)|пополните|оплат(?:а|ите|ы)|задолженност|средства закончились|подписка истекла",
    ],
  ],
  [
    "context_overflow",
    [
      "(?:上下文|输入|提示词?|请求|对话|文本|消息|tokens?|内容).{0,12}(?:过长|太长|超长|超出|超过|超限).{0,12}|(?:压缩|精简|缩短|截断|清理|清空).{0,6}(?:上下文|对话|历史|输入|提示词)|超[出过].{0,10}(?:上下文|最大长度|长度限制|最大.{0,6}token|token.{0,4}(?:上限|限制))",
      "(?:コンテキスト|プロンプト|入力|メッセージ|トークン).{0,14}(?:長すぎ|超え|超過|上限を|大きすぎ)",
      "(?:컨텍스트|프롬프트|입력|토큰|메시지|대화).{0,16}(?:너무 (?:깁|길|긴|많)|초과|넘)",
      "(?:eingabe|prompt|kontext|anfrage|nachricht)\\S* .{0,40}(?:zu lang|zu groß|überschr)|überschreitet .{0,40}(?:kontext|token)",
      "(?:contexte|invite|prompt|entrée|requête|conversation|message)s? .{0,40}(?:trop long|dépass)|dépass\\S* .{0,40}(?:contexte|tokens|jetons)",
      "(?:contexto|prompt|entrada|mensaje|mensagem|solicitud|conversación|conversa|petición) .{0,40}(?:demasiado (?:larg|grande)|muito (?:long|grand)|muy larg|excede|supera|ultrapassa)|(?:excede|supera|ultrapassa)\\S* .{0,40}(?:contexto|tokens)",
      "(?:контекст|запрос|ввод|промпт|сообщени|диалог)\\S* .{0,30}(?:слишком (?:длин|велик|больш)|превы)|превы\\S+ .{0,40}(?:контекст|токен|длин)",
    ],
  ],
  [
    "rate_limit",
    [
      "(?:请求|调用|访问|操作).{0,8}(?:过于频繁|频率|过多|太多|太快|过快|超限|次数)|限流|限频|速率限制|频率限制|并发.{0,8}(?:过高|超|上限|限制|过多)|(?:使用|用量|调用|配额|额度|次数).{0,8}(?:上限|限制|超限|超出|已达)|触发.{0,6}限制|配额.{0,4}(?:用[尽完光]|耗尽|不足)|稍后.{0,4}重试.{0,6}频|達到.{0,6}(?:上限|限制)|請求(?:過於頻繁|過多)",
      "レート ?(?:制限|リミット)|リクエスト.{0,8}(?:多すぎ|制限|超過|上限)|利用(?:制限|上限)|回数.{0,6}(?:上限|制限|超)|クォータ|割り当て",
      "요청(?:이|을|수가)? ?.{0,10}(?:너무 ?많|초과|제한)|속도 ?제한|한도(?:를|가|에)? ?.{0,6}(?:초과|도달)|사용량.{0,8}(?:한도|제한|초과)|할당량",
      "zu viele (?:gleichzeitige )?anfragen|ratenbegrenzung|ratenlimit|anfragelimit|(?:kontingent|limit|nutzungslimit|quote)\\S* .{0,30}(?:erreicht|überschritten|erschöpft|ausgeschöpft)",
      "trop de (?:requêtes|demandes)|limite (?:de (?:débit|requêtes|taux|fréquence)|d['’]utilisation|quotidienne|horaire)|quota .{0,30}(?:dépassé|atteint|épuisé)|débit .{0,20}dépassé",
      "demasiadas (?:solicitudes|peticiones|llamadas)|muitas (?:solicitações|requisições|chamadas)|límite de (?:velocidad|tasa|uso|solicitudes|peticiones|frecuencia)|limite de (?:taxa|uso|solicitações|requisições|velocidade)|(?:cuota|cota) .{0,30}(?:excedid|superad|agotad|esgotad|alcanzad|atingid)|excedi\\S+ .{0,20}(?:cuota|cota|límite|limite)",
      "слишком (?:много|частые) запрос|(?:превышен|достигнут|исчерпан)\\S* .{0,30}(?:лимит|квот|частот|ограничени|количество запросов)|(?:лимит|квота)\\S* .{0,30}(?:превышен|исчерпан|достигнут)|ограничение (?:скорости|частоты)",
    ],
  ],
  [
    "auth_permanent",
    [
      "(?:密钥|令牌|key|账[户号]|帐[户号]|用户|组织).{0,12}(?:已?被?(?:禁用|吊销|封禁|封停|停用|注销|冻结|撤销|删除)|已过期|已失效|状态不可用)|(?:禁用|吊销|封禁|冻结)的?(?:密钥|令牌|账)",
      "(?:キー|アカウント|トークン|組織).{0,12}(?:無効化|停止|取り消|失効|凍結|削除|期限切れ)",
      "(?:키|계정|토큰|조직).{0,12}(?:비활성화|정지|폐기|취소|만료|삭제|해지)",
      "(?:schlüssel|konto|zugang|organisation)\\S* .{0,30}(?:gesperrt|widerrufen|deaktiviert|gelöscht|abgelaufen)",
      "(?:clé|compte|organisation|jeton)\\S* .{0,30}(?:révoqué|désactivé|suspendu|supprimé|expiré|bloqué)",
      "(?:clave|llave|cuenta|chave|conta|organización|organização)\\S* .{0,30}(?:revocad|revogad|desactivad|desativad|suspendid|suspens[ao]|eliminad|excluíd|caducad|expirad|bloquead)",
      "(?:ключ|аккаунт|уч[её]тная запись|организация)\\S* .{0,30}(?:отозван|заблокирован|деактивирован|удал[её]н|отключ[её]н|ист[её]к|просрочен)",
    ],
  ],
  [
    "auth",
    [
      "(?:无效|错误|缺少|未提供|非法|不正确)的?.{0,6}(?:api ?key|密钥|令牌|token|凭证|身份)|(?:api ?key|密钥|令牌|token|鉴权|认证|身份验证|授权|签名).{0,8}(?:无效|错误|失败|不正确|不存在|缺失|未通过|过期)|未(?:授权|登录|认证)|没有权限|无权(?:限|访问)|权限不足|金鑰(?:無效|錯誤)|(?:地区|区域)不支持",
      "(?:api ?キー|キー|認証|トークン|資格情報).{0,10}(?:無効|失敗|正しくな|見つか|エラー|必要|不正)|無効な ?(?:api ?)?キー|権限(?:が|の)?(?:あり|不足|な)|アクセス(?:が)?(?:拒否|権)",
      "(?:api ?키|인증|토큰|자격 ?증명).{0,10}(?:유효하지|잘못|실패|올바르지|없|필요)|(?:유효하지 ?않은|잘못된) (?:api ?)?키|권한(?:이)? ?(?:없|부족)|접근(?:이)? ?거부",
      "(?:ungültige[rs]?|falsche[rs]?|fehlende[rs]?) (?:api-?)?(?:schlüssel|key|token|anmelde)|(?:api-?)?schlüssel .{0,20}(?:ungültig|falsch|fehlt)|authentifizierung .{0,20}(?:fehlgeschlagen|erforderlich)|nicht (?:autorisiert|authentifiziert|berechtigt)|keine berechtigung|zugriff verweigert",
      "clé (?:d['’])?(?:api )?\\S* ?.{0,16}(?:invalide|incorrecte|manquante|non valide)|authentification .{0,16}(?:échou|requise)|échec de l['’]authentification|non (?:autorisé|authentifié)|accès (?:refusé|interdit)|permission refusée",
      "(?:clave|llave|chave) (?:de |da )?api .{0,20}(?:inválid|incorrect|no (?:es )?válid|não é válid|faltante|ausente)|autenticaci[óo]n .{0,20}(?:fall|requerid)|falha n?a? ?(?:de )?autenticação|autenticação .{0,20}(?:falh|necessári)|no autorizado|não autorizado|acceso denegado|acesso negado|sin permiso|sem permissão|permiso denegado|credenciais inválidas|credenciales (?:inválidas|no válidas)|token inválido",
      "(?:неверн|недействительн|некорректн|отсутству)\\S* .{0,16}(?:ключ|токен|уч[её]тн)|ключ\\S* .{0,16}(?:недействител|неверен|неверн)|ошибка (?:аутентификации|авторизации)|не (?:авторизован|аутентифицирован)|доступ (?:запрещ[её]н|закрыт)|(?:нет|недостаточно) прав",
    ],
  ],
  [
    "model_not_found",
    [
      "模型.{0,24}(?:不存在|未找到|找不到|已下线|已停用|不可用|不支持$|未开通|无可用渠道|不再提供)|(?:不存在|未知|无效)的?模型|(?:无|没有)可用.{0,4}渠道|找不到.{0,8}模型",
      "モデル.{0,24}(?:存在しま|見つか|利用でき|サポートされて|廃止|終了)|(?:不明|無効)なモデル",
      "모델.{0,24}(?:존재하지|찾을 수 없|사용할 수 없|지원되지|지원 ?종료)|알 수 없는 모델",
      "modell .{0,60}(?:existiert nicht|nicht gefunden|nicht verfügbar|eingestellt|unbekannt)|unbekanntes modell",
      "modèle .{0,60}(?:introuvable|n['’]existe pas|n['’]est pas disponible|indisponible|n['’]est plus|inconnu|non trouvé)",
      "modelo .{0,60}(?:no existe|não existe|no encontrado|não encontrado|no se encontr|não foi encontrado|no está disponible|não está disponível|descontinuado|retirado)",
      "модель .{0,60}(?:не найдена|не существует|недоступна|снята|больше не)|неизвестная модель",
    ],
  ],
  [
    "content_policy",
    [
      "敏感|违规|不安全内容|内容(?:审核|安全|审查|风险)|不当内容|违反.{0,10}(?:政策|规定|规范)|涉嫌|安全策略|拦截",
      "(?:コンテンツ|ポリシー|安全).{0,10}(?:違反|ブロック|フィルタ)|不適切|有害な",
      "(?:콘텐츠|정책|안전).{0,10}(?:위반|차단|필터)|부적절|유해",
      "inhaltsrichtlinie|richtlinie\\S* .{0,20}(?:verletzt|verstoß)|verstößt gegen|inhaltsfilter|unangemessene",
      "politique de contenu|filtre de contenu|viole .{0,30}(?:politique|règles)|contenu (?:inapproprié|sensible|interdit)|règles de sécurité",
      "política de (?:contenido|conteúdo|uso)|filtro de (?:contenido|conteúdo)|(?:viola|infringe)\\S* .{0,30}(?:política|normas|diretrizes)|contenido (?:inapropiado|prohibido|sensible)|conteúdo (?:impróprio|inadequado|proibido|sensível)",
      "нарушает .{0,30}(?:политик|правил)|политик\\S+ (?:контента|безопасности)|недопустим\\S+ (?:контент|содержани)|фильтр\\S* (?:контента|содержимого)|неприемлем",
    ],
  ],
  [
    "timeout",
    [
      "超时|连接(?:失败|错误|中断|被重置|断开)|网络(?:错误|异常|波动)|服务(?:不可用|异常|暂不可用|暂时不可用)|(?:内部|系统|服务器).{0,4}(?:错误|异常|出错)|网关|稍后(?:再试|重试)|上游.{0,10}(?:错误|失败|异常)|維護|维护",
      "タイムアウト|時間切れ|接続(?:エラー|できま|が切|に失敗)|ネットワーク(?:エラー|障害)|内部(?:サーバー?)?エラー|サーバー(?:内部)?エラー|サービス.{0,8}(?:利用でき|停止)|メンテナンス|しばらく",
      "시간 ?(?:이 )?초과|타임아웃|연결.{0,8}(?:실패|오류|끊)|네트워크 ?오류|내부 ?(?:서버 ?)?오류|서버 ?오류|서비스.{0,6}(?:이용할 수 없|사용할 수 없|불가)|점검",
      "zeitüberschreitung|verbindung(?:s)?\\S* ?.{0,20}(?:fehler|abgebrochen|getrennt|fehlgeschlagen|unterbrochen)|netzwerkfehler|interner? (?:server)?fehler|dienst .{0,20}nicht verfügbar|serverfehler|wartung",
      "délai .{0,20}(?:dépassé|expiré|d['’]attente)|connexion .{0,20}(?:échou|perdue|interrompue|refusée|réinitialisée)|erreur (?:réseau|interne|du serveur|de connexion)|service .{0,20}indisponible|maintenance",
      "tiempo de espera|tempo (?:limite|esgotado|de espera)|conexión .{0,20}(?:perdida|fall|rechazad|interrumpid)|conexão .{0,20}(?:perdida|falh|recusad|interrompid)|error (?:de red|interno|del servidor|de conexión)|erro (?:de rede|interno|do servidor|de conexão)|servicio .{0,24}no .{0,10}disponible|serviço .{0,20}indisponível|mantenimiento|manutenção",
      "превышено время|тайм-?аут|время ожидания|ошибка (?:сети|соединения|сервера|подключения)|внутренняя ошибка|соединение .{0,20}(?:разорвано|прервано|сброшено|потеряно)|(?:сервис|служба|сервер) .{0,20}недоступ|техническ\\S+ работ",
    ],
  ],
  [
    "format",
    [
      "(?:参数|格式|请求体|字段).{0,10}(?:错误|无效|不合法|有误|不正确|缺失|异常)|(?:无效|错误|非法|缺少)的?.{0,8}(?:参数|请求|字段|格式)|不支持.{0,12}(?:参数|工具|图片|图像|功能|类型)",
      "(?:パラメータ|リクエスト|形式|フィールド).{0,12}(?:不正|無効|誤り|必要|エラー)|(?:無効|不正)な(?:リクエスト|パラメータ)",
      "(?:매개 ?변수|파라미터|요청|형식|필드).{0,12}(?:잘못|유효하지|올바르지|누락)|잘못된 (?:요청|매개)",
      "ungültige[rs]? (?:parameter|anfrage|wert|format|feld)|parameter .{0,40}(?:ungültig|fehlt|wird nicht unterstützt)|fehlerhafte anfrage",
      "(?:paramètre|requête|champ|format|valeur)\\S* .{0,30}(?:invalide|non valide|manquant|incorrect|non pris en charge)",
      "(?:parámetro|parâmetro|solicitud|solicitação|campo|formato|valor|petición|requisição)\\S* .{0,40}(?:inválid|no válid|incorrect|faltante|ausente|malformad|no soportado|não suportado)",
      "(?:неверн|недопустим|некорректн|недействительн)\\S* .{0,10}(?:параметр|запрос|формат|значени|поле)|(?:параметр|поле|запрос)\\S* .{0,30}(?:неверн|недопустим|некорректн|отсутству|не поддержива)",
    ],
  ],
];

export const languages: RuleFamily = {
  name: "language",
  rules: WORDS.map(
    ([reason, patterns]): Rule => ({ name: reason, reason, text: new RegExp(patterns.join("|"), "iu") }),
  ),
};
